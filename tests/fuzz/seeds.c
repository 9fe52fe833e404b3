/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a fuzz target over every file of a folder: the plain main of the saved seeds.
 */
#include "base/fd.h"
#include "base/path.h"
#include "tum/mem.h"
#include <dirent.h>
#include <stdio.h>

#define SEED_LIMIT ((size_t)1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int main(int argc, char **argv)
{
    struct dirent *entry;
    size_t count = 0;
    DIR *folder;

    if (argc != 2 || (folder = opendir(argv[1])) == NULL) {
        fprintf(stderr, "usage: seeds FOLDER\n");
        return 2;
    }
    while ((entry = readdir(folder)) != NULL) {
        char *path = tum_path_join(argv[1], entry->d_name);
        struct tum_error *err = NULL;
        size_t length;
        char *text;

        if (entry->d_name[0] != '.' &&
            tum_file_read(path, SEED_LIMIT, &text, &length, &err)) {
            LLVMFuzzerTestOneInput((const uint8_t *)text, length);
            tum_free(text);
            count++;
        }
        tum_error_free(err);
        tum_free(path);
    }
    closedir(folder);
    printf("%zu seeds\n", count);
    return count > 0 ? 0 : 1;
}
