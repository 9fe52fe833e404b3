/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding a core file by the pattern that named it. It does not read it, and does not ask
 * the programs that some systems give it to.
 */
#include "batch/corefile.h"
#include "base/path.h"
#include "tum/buf.h"
#include "tum/mem.h"
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

/* Appends text that a glob takes as it is. */
static void add_plain(struct tum_buf *out, struct tum_str text)
{
    for (size_t i = 0; i < text.n; i++) {
        if (strchr("*?[\\", text.s[i]) != NULL)
            tum_buf_addc(out, '\\');
        tum_buf_addc(out, text.s[i]);
    }
}

static void write_glob(const struct tum_core *core, struct tum_buf *out)
{
    struct tum_str p = tum_str_trim(core->pattern);

    if (!tum_str_starts(p, "/")) {
        add_plain(out, tum_str_of(core->folder));
        tum_buf_addc(out, '/');
    }
    for (size_t i = 0; i < p.n; i++) {
        if (p.s[i] != '%' || i + 1 == p.n) {
            add_plain(out, tum_str_sub(p, i, i + 1));
            continue;
        }
        switch (p.s[++i]) {
        case 'p':
        case 'P':
            tum_buf_addi(out, core->pid);
            break;
        case 's':
            tum_buf_addi(out, core->signal);
            break;
        case 'u':
            tum_buf_addi(out, (int64_t)getuid());
            break;
        case 'g':
            tum_buf_addi(out, (int64_t)getgid());
            break;
        case '%':
            tum_buf_addc(out, '%');
            break;
        default:
            tum_buf_addc(out, '*'); /* a thread, a time, a host */
        }
    }
}

/* The newest of those that fit replaces *ret. */
static void look(const char *pattern, time_t since, char **ret, time_t *newest)
{
    glob_t found;

    if (glob(pattern, GLOB_NOSORT, NULL, &found) != 0)
        return;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct stat st;

        if (stat(found.gl_pathv[i], &st) != 0 || !S_ISREG(st.st_mode) ||
            st.st_mtime < since || (*ret != NULL && st.st_mtime <= *newest))
            continue;
        tum_free(*ret);
        *ret = tum_strdup(found.gl_pathv[i]);
        *newest = st.st_mtime;
    }
    globfree(&found);
}

char *tum_core_find(const struct tum_core *core)
{
    TUM_AUTO(tum_buf_release) struct tum_buf glob = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_str pattern = tum_str_trim(core->pattern);
    char *found = NULL;
    time_t newest = 0;

    if (pattern.n == 0 || tum_str_starts(pattern, "|"))
        return NULL;
    write_glob(core, &glob);
    look(glob.s, core->since, &found, &newest);
    /* With core_uses_pid, also what does not say so. */
    tum_buf_addf(&glob, ".%d", (int)core->pid);
    look(glob.s, core->since, &found, &newest);
    return found;
}
