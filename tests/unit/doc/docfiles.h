/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A folder of its own for a test that needs files.
 */
#ifndef TUM_DOCFILES_H
#define TUM_DOCFILES_H

#include "docfix.h"
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct docfiles {
    char folder[64];
};

static inline void docfiles_init(struct docfiles *files)
{
    *files = (struct docfiles){.folder = "/tmp/tum-doc-XXXXXX"};
    ck_assert_ptr_nonnull(mkdtemp(files->folder));
}

static int docfiles_remove(const char *path, const struct stat *st, int type,
                           struct FTW *walk)
{
    (void)st;
    (void)type;
    (void)walk;
    return remove(path);
}

static inline void docfiles_release(struct docfiles *files)
{
    ck_assert_int_eq(nftw(files->folder, docfiles_remove, 8, FTW_DEPTH | FTW_PHYS), 0);
}

/* For tum_free. */
static inline char *docfiles_path(const struct docfiles *files, const char *name)
{
    return tum_asprintf("%s/%s", files->folder, name);
}

/* Makes the folder of a name with '/' too. */
static inline void docfiles_write(const struct docfiles *files, const char *name,
                                  struct tum_str text)
{
    TUM_AUTO(tum_freep) char *path = docfiles_path(files, name);

    for (char *slash = strchr(path + strlen(files->folder) + 1, '/'); slash != NULL;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0700);
        *slash = '/';
    }
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(text.s, 1, text.n, file), text.n);
    ck_assert_int_eq(fclose(file), 0);
}

#endif
