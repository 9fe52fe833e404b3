/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The module os.path: paths as texts (ospath.c) and looking at files.
 */
#include "base/utf8.h"
#include "lang/expr.h"
#include "lang/modos.h"
#include "lang/module.h"
#include "lang/ops.h"
#include "lang/ospath.h"
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

#define FN(name)                                                                       \
    static struct tum_obj *name(struct tum_vm *vm, struct tum_obj **a, size_t n)

/* ---- arguments ---- */

bool tum_os_path_arg(struct tum_vm *vm, struct tum_obj *o, struct tum_str *ret)
{
    if (tum_kind_of(o) == TUM_O_BYTES || tum_kind_of(o) == TUM_O_OTHER)
        return tum_unsupported_false(vm, "a path of bytes");
    if (!tum_is_str(o))
        return tum_raise_type_false(
            vm, "expected str, bytes or os.PathLike object, not %s", o->type->name);
    *ret = tum_text_of(o);
    return true;
}

/* The directory that relative paths start from, with a NUL; NULL: failed. */
static const char *start_directory(struct tum_vm *vm)
{
    const char *dir = vm->host != NULL ? vm->host->test_directory : NULL;
    char *real = realpath(dir != NULL ? dir : ".", NULL), *copy;
    size_t n;

    if (real == NULL) {
        tum_unsupported(vm, "the test directory");
        return NULL;
    }
    n = strlen(real);
    copy = tum_vm_alloc(vm, n + 1);
    memcpy(copy, real, n + 1);
    free(real);
    return copy;
}

/* The path for a system call, with a NUL. */
bool tum_os_system_path(struct tum_vm *vm, struct tum_str path, struct tum_buf *out)
{
    const char *dir;

    if (!tum_utf8_valid(path, NULL) || path.n >= PATH_MAX)
        return tum_unsupported_false(vm, "a path");
    if (path.n == 0 || path.s[0] != '/') {
        dir = start_directory(vm);
        if (dir == NULL)
            return false;
        if (path.n > 0)
            tum_buf_adds(out, dir);
    }
    if (path.n > 0)
        tum_ospath_join(out, path);
    return true;
}

/* ---- os.path: texts ---- */

FN(path_basename)
{
    struct tum_str path;
    size_t tail;

    (void)n;
    if (!tum_os_path_arg(vm, a[0], &path))
        return NULL;
    tail = tum_ospath_tail(path);
    return tum_new_part(vm, a[0], tail, path.n - tail);
}

FN(path_dirname)
{
    struct tum_str path;

    (void)n;
    return tum_os_path_arg(vm, a[0], &path)
               ? tum_new_part(vm, a[0], 0, tum_ospath_head(path).n)
               : NULL;
}

FN(path_split)
{
    struct tum_str path;

    if (!tum_os_path_arg(vm, a[0], &path))
        return NULL;
    return tum_new_pair(vm, path_dirname(vm, a, n), path_basename(vm, a, n));
}

FN(path_splitext)
{
    struct tum_str path;
    size_t at;

    (void)n;
    if (!tum_os_path_arg(vm, a[0], &path))
        return NULL;
    at = tum_ospath_extension(path);
    return tum_new_pair(vm, tum_new_part(vm, a[0], 0, at),
                        tum_new_part(vm, a[0], at, path.n - at));
}

FN(path_splitdrive)
{
    struct tum_str path;

    (void)n;
    return tum_os_path_arg(vm, a[0], &path) ? tum_new_pair(vm, vm->empty_str, a[0])
                                            : NULL;
}

FN(path_normcase)
{
    struct tum_str path;

    (void)n;
    return tum_os_path_arg(vm, a[0], &path) ? a[0] : NULL;
}

FN(path_isabs)
{
    struct tum_str path;

    (void)n;
    return tum_os_path_arg(vm, a[0], &path)
               ? tum_new_bool(vm, tum_str_starts(path, "/"))
               : NULL;
}

/* In Python's order: first a wrong type, then bytes among texts. */
static bool join_args(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    bool bytes = false;

    for (size_t i = 0; i < n; i++) {
        if (tum_kind_of(a[i]) == TUM_O_OTHER)
            return tum_unsupported_false(vm, "a path of another type");
        bytes = bytes || tum_kind_of(a[i]) == TUM_O_BYTES;
        if (!tum_is_str(a[i]) && tum_kind_of(a[i]) != TUM_O_BYTES)
            return tum_raise_type_false(
                vm,
                "join() argument must be str, bytes, or os.PathLike object, not '%s'",
                a[i]->type->name);
    }
    return !bytes ||
           tum_raise_type_false(vm, "Can't mix strings and bytes in path components");
}

FN(path_join)
{
    struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_str path;

    if (!tum_os_path_arg(vm, a[0], &path) || !join_args(vm, a, n))
        return NULL;
    tum_buf_addt(&out, path);
    for (size_t i = 1; i < n; i++)
        tum_ospath_join(&out, tum_text_of(a[i]));
    return tum_new_str_buf(vm, &out);
}

FN(path_normpath)
{
    struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_str path;

    (void)n;
    if (!tum_os_path_arg(vm, a[0], &path))
        return NULL;
    tum_ospath_normalise(&out, path);
    return tum_new_str_buf(vm, &out);
}

/* Adds os.path.abspath(path). */
static bool absolute(struct tum_vm *vm, struct tum_str path, struct tum_buf *out)
{
    TUM_AUTO(tum_buf_release) struct tum_buf whole = TUM_BUF_INIT(TUM_BUF_ANY);
    const char *dir;

    if (!tum_str_starts(path, "/")) {
        dir = start_directory(vm);
        if (dir == NULL)
            return false;
        tum_buf_adds(&whole, dir);
    }
    tum_ospath_join(&whole, path);
    tum_ospath_normalise(out, tum_buf_str(&whole));
    return true;
}

FN(path_abspath)
{
    struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_str path;

    (void)n;
    if (!tum_os_path_arg(vm, a[0], &path))
        return NULL;
    if (absolute(vm, path, &out))
        return tum_new_str_buf(vm, &out);
    tum_buf_release(&out);
    return NULL;
}

/* The next component of an absolute path; false: none. */
static bool next_part(struct tum_str path, size_t *at, struct tum_str *ret)
{
    size_t start;

    while (*at < path.n && path.s[*at] == '/')
        (*at)++;
    start = *at;
    while (*at < path.n && path.s[*at] != '/')
        (*at)++;
    *ret = tum_str_sub(path, start, *at);
    return *at > start;
}

static void write_relative(struct tum_str from, struct tum_str to, struct tum_buf *out)
{
    size_t i = 0, k = 0, rest = 0;
    struct tum_str part, other;
    bool same = true, has_part, has_other;

    while (same) {
        size_t was_i = i, was_k = k;

        has_part = next_part(from, &i, &part);
        has_other = next_part(to, &k, &other);
        same = has_part && has_other && tum_str_eq(part, other);
        if (!same) {
            i = was_i;
            rest = was_k;
        }
    }
    while (next_part(from, &i, &part))
        tum_ospath_join(out, TUM_S(".."));
    while (next_part(to, &rest, &part))
        tum_ospath_join(out, part);
    if (out->len == 0)
        tum_buf_addc(out, '.');
}

FN(path_relpath)
{
    TUM_AUTO(tum_buf_release) struct tum_buf from = TUM_BUF_INIT(TUM_BUF_ANY);
    TUM_AUTO(tum_buf_release) struct tum_buf to = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_str path, start = TUM_S(".");
    bool falsy;

    (void)n;
    if (!tum_op_truth(vm, a[0], &falsy))
        return NULL;
    if (!falsy)
        return tum_raise_value(vm, "no path specified");
    if (!tum_os_path_arg(vm, a[0], &path) ||
        (a[1] != NULL && !tum_is_none(a[1]) && !tum_os_path_arg(vm, a[1], &start)))
        return NULL;
    if (!absolute(vm, start, &from) || !absolute(vm, path, &to))
        return NULL;
    write_relative(tum_buf_str(&from), tum_buf_str(&to), &out);
    return tum_new_str_buf(vm, &out);
}

/* All elements as texts; NULL: failed. */
static struct tum_oseq *path_list(struct tum_vm *vm, struct tum_obj *o)
{
    struct tum_oseq *items = tum_op_items(vm, o);

    for (size_t i = 0; items != NULL && i < items->n; i++) {
        if (!tum_is_str(items->items[i])) {
            tum_unsupported(vm, "paths that are no texts");
            return NULL;
        }
    }
    return items;
}

FN(path_commonprefix)
{
    struct tum_oseq *items = path_list(vm, a[0]);
    struct tum_str first;
    size_t same;

    (void)n;
    if (items == NULL)
        return NULL;
    if (items->n == 0)
        return vm->empty_str;
    first = tum_text_of(items->items[0]);
    same = first.n;
    for (size_t i = 1; i < items->n; i++) {
        struct tum_str other = tum_text_of(items->items[i]);
        size_t k = 0;

        while (k < same && k < other.n && first.s[k] == other.s[k])
            k++;
        same = k;
    }
    /* Whole characters only. */
    while (same > 0 && same < first.n && ((unsigned char)first.s[same] & 0xC0) == 0x80)
        same--;
    return tum_new_part(vm, items->items[0], 0, same);
}

/* As next_part, but leaves out single dots. */
static bool next_real_part(struct tum_str path, size_t *at, struct tum_str *ret)
{
    while (next_part(path, at, ret)) {
        if (ret->n != 1 || ret->s[0] != '.')
            return true;
    }
    return false;
}

FN(path_commonpath)
{
    struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_oseq *items = path_list(vm, a[0]);
    struct tum_str first, part, other;
    size_t at = 0, count = 0;
    bool is_absolute, same = true;

    (void)n;
    if (items == NULL)
        return NULL;
    if (items->n == 0)
        return tum_raise_value(vm, "commonpath() arg is an empty sequence");
    first = tum_text_of(items->items[0]);
    is_absolute = tum_str_starts(first, "/");
    for (size_t i = 1; i < items->n; i++) {
        if (tum_str_starts(tum_text_of(items->items[i]), "/") != is_absolute)
            return tum_raise_value(vm, "Can't mix absolute and relative paths");
    }
    if (is_absolute)
        tum_buf_addc(&out, '/');
    while (same && next_real_part(first, &at, &part)) {
        for (size_t i = 1; same && i < items->n; i++) {
            size_t k = 0;

            for (size_t skip = 0; skip <= count; skip++)
                same = same && next_real_part(tum_text_of(items->items[i]), &k, &other);
            same = same && tum_str_eq(part, other);
        }
        if (same)
            tum_ospath_join(&out, part);
        count++;
    }
    return tum_new_str_buf(vm, &out);
}

FN(path_expanduser)
{
    struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_str path, home;

    (void)n;
    if (!tum_os_path_arg(vm, a[0], &path))
        return NULL;
    if (!tum_str_starts(path, "~"))
        return a[0];
    home = tum_str_of(getenv("HOME"));
    if ((path.n > 1 && path.s[1] != '/') ||
        (vm->host != NULL && vm->host->worker_started) || home.s == NULL ||
        !tum_utf8_valid(home, NULL))
        return tum_unsupported(vm, "a home directory");
    while (home.n > 0 && home.s[home.n - 1] == '/')
        home.n--;
    tum_buf_addt(&out, home);
    tum_buf_add(&out, path.s + 1, path.n - 1);
    if (out.len == 0)
        tum_buf_addc(&out, '/');
    return tum_new_str_buf(vm, &out);
}

/* ---- os.path: files ---- */

enum look { LOOK_MISSING, LOOK_FOUND, LOOK_FAILED };

static enum look look_at(struct tum_vm *vm, struct tum_obj *o, const char *function,
                         bool follow, struct stat *ret)
{
    TUM_AUTO(tum_buf_release) struct tum_buf path = TUM_BUF_INIT(TUM_BUF_ANY);

    if (!tum_is_str(o)) {
        if (tum_is_int(o) || tum_kind_of(o) == TUM_O_BYTES ||
            tum_kind_of(o) == TUM_O_OTHER)
            tum_unsupported(vm, "a file that is not named by a text");
        else
            tum_raise_type(vm,
                           "%s: path should be string, bytes, os.PathLike%s, not %s",
                           function, follow ? " or integer" : "", o->type->name);
        return LOOK_FAILED;
    }
    if (memchr(tum_as_str(o)->s, '\0', tum_as_str(o)->n) != NULL)
        return LOOK_MISSING;
    if (!tum_os_system_path(vm, tum_text_of(o), &path))
        return LOOK_FAILED;
    return (follow ? stat(path.s, ret) : lstat(path.s, ret)) == 0 ? LOOK_FOUND
                                                                  : LOOK_MISSING;
}

static struct tum_obj *is_kind(struct tum_vm *vm, struct tum_obj *o, mode_t kind,
                               bool follow)
{
    struct stat st;

    switch (look_at(vm, o, follow ? "stat" : "lstat", follow, &st)) {
    case LOOK_MISSING:
        return vm->no;
    case LOOK_FOUND:
        return tum_new_bool(vm, kind == 0 || (st.st_mode & S_IFMT) == kind);
    case LOOK_FAILED:
        break;
    }
    return NULL;
}

FN(path_exists)
{
    (void)n;
    return is_kind(vm, a[0], 0, true);
}
FN(path_lexists)
{
    (void)n;
    return is_kind(vm, a[0], 0, false);
}
FN(path_isfile)
{
    (void)n;
    return is_kind(vm, a[0], S_IFREG, true);
}
FN(path_isdir)
{
    (void)n;
    return is_kind(vm, a[0], S_IFDIR, true);
}
FN(path_islink)
{
    (void)n;
    return is_kind(vm, a[0], S_IFLNK, false);
}

/* The OSError of a failed system call about a path. */
struct tum_obj *tum_os_raise(struct tum_vm *vm, int os, struct tum_obj *path)
{
    TUM_AUTO(tum_buf_release) struct tum_buf shown = TUM_BUF_INIT(TUM_BUF_ANY);
    const char *type = os == ENOENT                  ? "FileNotFoundError"
                       : os == ENOTDIR               ? "NotADirectoryError"
                       : os == EACCES || os == EPERM ? "PermissionError"
                                                     : NULL;

    if (type == NULL || !tum_op_write_repr(vm, path, &shown))
        return tum_unsupported(vm, "an error of the system");
    return tum_raise(vm, type, "[Errno %d] %s: %s", os, tum_errno_text(os), shown.s);
}

FN(path_getsize)
{
    struct stat st;

    (void)n;
    errno = 0;
    switch (look_at(vm, a[0], "stat", true, &st)) {
    case LOOK_MISSING:
        return errno != 0 ? tum_os_raise(vm, errno, a[0])
                          : tum_raise_value(vm, "embedded null byte");
    case LOOK_FOUND:
        return tum_new_int(vm, st.st_size);
    case LOOK_FAILED:
        break;
    }
    return NULL;
}

FN(path_realpath)
{
    TUM_AUTO(tum_buf_release) struct tum_buf path = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_str text;
    struct tum_obj *o;
    char *real;

    (void)n;
    if (!tum_os_path_arg(vm, a[0], &text))
        return NULL;
    if (memchr(text.s, '\0', text.n) != NULL)
        return tum_unsupported(vm, "a NUL in a path");
    if (!tum_os_system_path(vm, text.n == 0 ? TUM_S(".") : text, &path))
        return NULL;
    real = realpath(path.s, NULL);
    /* What does not exist is followed as far as it goes: leave that to Python. */
    if (real == NULL || !tum_utf8_valid(tum_str_of(real), NULL)) {
        free(real);
        return tum_unsupported(vm, "the real path of what is not there");
    }
    o = tum_new_str(vm, tum_str_of(real));
    free(real);
    return o;
}

/* ---- the module ---- */

#define TEXT(name, text)                                                               \
    struct tum_obj *tum_os_##name(struct tum_vm *vm)                                   \
    {                                                                                  \
        return tum_new_strz(vm, (text));                                               \
    }
TEXT(curdir, ".")
TEXT(defpath, "/bin:/usr/bin")
TEXT(devnull, "/dev/null")
TEXT(pardir, "..")
TEXT(pathsep, ":")
TEXT(sep, "/")

struct tum_obj *tum_os_altsep(struct tum_vm *vm)
{
    return vm->none;
}

static const struct tum_native path_natives[] = {
    {.name = "abspath", .call = path_abspath, .min = 1, .max = 1, .params = "path"},
    {.name = "basename", .call = path_basename, .min = 1, .max = 1, .params = "p"},
    {.name = "commonpath",
     .call = path_commonpath,
     .min = 1,
     .max = 1,
     .params = "paths"},
    {.name = "commonprefix",
     .call = path_commonprefix,
     .min = 1,
     .max = 1,
     .params = "m"},
    {.name = "dirname", .call = path_dirname, .min = 1, .max = 1, .params = "p"},
    {.name = "exists", .call = path_exists, .min = 1, .max = 1, .params = "path"},
    {.name = "expanduser",
     .call = path_expanduser,
     .min = 1,
     .max = 1,
     .params = "path"},
    {.name = "getsize", .call = path_getsize, .min = 1, .max = 1, .params = "filename"},
    {.name = "isabs", .call = path_isabs, .min = 1, .max = 1, .params = "s"},
    {.name = "isdir", .call = path_isdir, .min = 1, .max = 1, .params = "s"},
    {.name = "isfile", .call = path_isfile, .min = 1, .max = 1, .params = "path"},
    {.name = "islink", .call = path_islink, .min = 1, .max = 1, .params = "path"},
    {.name = "join", .call = path_join, .min = 1, .max = -1},
    {.name = "lexists", .call = path_lexists, .min = 1, .max = 1, .params = "path"},
    {.name = "normcase", .call = path_normcase, .min = 1, .max = 1, .params = "s"},
    {.name = "normpath", .call = path_normpath, .min = 1, .max = 1, .params = "path"},
    {.name = "realpath",
     .call = path_realpath,
     .min = 1,
     .max = 1,
     .params = "filename"},
    {.name = "relpath",
     .call = path_relpath,
     .min = 1,
     .max = 2,
     .params = "path start"},
    {.name = "split", .call = path_split, .min = 1, .max = 1, .params = "p"},
    {.name = "splitdrive", .call = path_splitdrive, .min = 1, .max = 1, .params = "p"},
    {.name = "splitext", .call = path_splitext, .min = 1, .max = 1, .params = "p"},
};

static const struct tum_member path_members[] = {
    {.name = "altsep", .value = tum_os_altsep},
    {.name = "curdir", .value = tum_os_curdir},
    {.name = "defpath", .value = tum_os_defpath},
    {.name = "devnull", .value = tum_os_devnull},
    {.name = "extsep", .value = tum_os_curdir},
    {.name = "pardir", .value = tum_os_pardir},
    {.name = "pathsep", .value = tum_os_pathsep},
    {.name = "sep", .value = tum_os_sep},
};

static const char *const path_others[] = {
    "expandvars",   "genericpath", "getatime", "getctime",
    "getmtime",     "ismount",     "os",       "samefile",
    "sameopenfile", "samestat",    "stat",     "supports_unicode_filenames",
    "sys",          NULL};

const struct tum_module tum_module_os_path = {.name = "posixpath",
                                              .python = true,
                                              .natives = path_natives,
                                              .native_count = TUM_LEN(path_natives),
                                              .members = path_members,
                                              .count = TUM_LEN(path_members),
                                              .others = path_others};
