/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Removing a folder with all below it; follows no link and leaves its file system never.
 */
#include "batch/poison.h"
#include <ftw.h>
#include <stdio.h>

/* Folders that are open at the same time. */
#define OPEN_FOLDERS 16

static int remove_one(const char *path, const struct stat *st, int kind,
                      struct FTW *place)
{
    (void)st;
    (void)kind;
    (void)place;
    remove(path); /* what stays is not worth a failure */
    return 0;
}

void tum_tree_remove(const char *path)
{
    nftw(path, remove_one, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}
