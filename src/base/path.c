/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths as text. The meaning is that of Python's os.path, since that is what file names
 * in campaigns were written for; in particular `..` is taken off without looking at
 * links.
 */
#include "base/path.h"
#include "tum/buf.h"
#include "tum/mem.h"
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

char *tum_path_join(const char *folder, const char *path)
{
    size_t n = strlen(folder);

    if (path[0] == '/' || n == 0)
        return tum_strdup(path);
    return tum_asprintf("%s%s%s", folder, folder[n - 1] == '/' ? "" : "/", path);
}

char *tum_path_cwd(void)
{
    char *cwd = getcwd(NULL, 0);

    /* The folder may have been removed under us. */
    return cwd != NULL ? cwd : tum_strdup("/");
}

char *tum_path_absolute(const char *path)
{
    TUM_AUTO(tum_freep) char *cwd = tum_path_cwd();
    TUM_AUTO(tum_freep) char *joined = tum_path_join(cwd, path);

    return tum_path_normalise(joined);
}

/* Takes the last part off; false when there is none, or it is "..". */
static bool pop_part(struct tum_buf *out, size_t root)
{
    size_t start = out->len;

    while (start > root && out->s[start - 1] != '/')
        start--;
    if (start == out->len ||
        tum_str_is(tum_str_n(out->s + start, out->len - start), ".."))
        return false;
    tum_buf_truncate(out, start > root ? start - 1 : root);
    return true;
}

char *tum_path_normalise(const char *path)
{
    struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_str rest = tum_str_of(path), part;
    bool more = true;
    size_t root;

    /* POSIX leaves the meaning of exactly two leading slashes open: they are kept. */
    if (path[0] == '/')
        tum_buf_adds(&out, path[1] == '/' && path[2] != '/' ? "//" : "/");
    root = out.len;
    while (tum_str_split(&rest, &more, '/', &part)) {
        if (part.n == 0 || tum_str_is(part, "."))
            continue;
        if (tum_str_is(part, "..") && (pop_part(&out, root) || root != 0))
            continue;
        if (out.len > root)
            tum_buf_addc(&out, '/');
        tum_buf_addt(&out, part);
    }
    if (out.len == 0)
        tum_buf_addc(&out, '.');
    return tum_buf_detach(&out);
}

char *tum_path_folder(const char *path)
{
    size_t n = (size_t)(tum_path_base(path) - path);
    size_t end = n;

    while (end > 0 && path[end - 1] == '/')
        end--;
    return tum_strndup(path, end != 0 ? end : n); /* only slashes: all of them */
}

const char *tum_path_base(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

char *tum_path_relative(const char *path, const char *folder)
{
    struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_str to = tum_str_of(path), from = tum_str_of(folder);
    struct tum_str to_part, from_part;
    bool to_more = true, from_more = true;

    /* Common parts go; what is left of `from` is climbed, what is left of `to` added. */
    for (;;) {
        struct tum_str to_was = to, from_was = from;
        bool to_had = to_more, from_had = from_more;

        if (tum_str_split(&to, &to_more, '/', &to_part) &&
            tum_str_split(&from, &from_more, '/', &from_part) &&
            tum_str_eq(to_part, from_part))
            continue;
        to = to_was;
        from = from_was;
        to_more = to_had;
        from_more = from_had;
        break;
    }
    while (tum_str_split(&from, &from_more, '/', &from_part)) {
        if (from_part.n != 0)
            tum_buf_adds(&out, out.len != 0 ? "/.." : "..");
    }
    while (tum_str_split(&to, &to_more, '/', &to_part)) {
        if (to_part.n == 0)
            continue;
        if (out.len != 0)
            tum_buf_addc(&out, '/');
        tum_buf_addt(&out, to_part);
    }
    if (out.len == 0)
        tum_buf_addc(&out, '.');
    return tum_buf_detach(&out);
}

bool tum_path_exists(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0;
}

bool tum_path_is_file(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

bool tum_path_is_folder(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool is_program(const char *path)
{
    return tum_path_is_file(path) && access(path, X_OK) == 0;
}

char *tum_path_find_program(const char *name)
{
    const char *path = getenv("PATH");
    struct tum_str rest = tum_str_of(path != NULL ? path : "/bin:/usr/bin"), part;
    bool more = true;

    if (name[0] == '\0')
        return NULL;
    if (strchr(name, '/') != NULL)
        return is_program(name) ? tum_path_absolute(name) : NULL;
    while (tum_str_split(&rest, &more, ':', &part)) {
        /* An empty part is the present folder. */
        TUM_AUTO(tum_freep) char *folder = tum_strndup(part.s, part.n);
        TUM_AUTO(tum_freep) char *candidate = tum_path_join(folder, name);

        if (is_program(candidate))
            return tum_path_absolute(candidate);
    }
    return NULL;
}

const char *tum_path_no_program(const char *name)
{
    if (strchr(name, '/') == NULL || !tum_path_exists(name))
        return "there is no such program";
    return tum_path_is_folder(name) ? "it is a folder" : "it may not be executed";
}
