/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files as texts. What is stored is what places count in: the author's text without its
 * byte-order mark and carriage returns, which no message shows anyway.
 */
#include "doc/filetext.h"

#include "base/fd.h"
#include "base/path.h"
#include "base/utf8.h"
#include "doc/docset.h"
#include "tum/mem.h"

#define BOM "\xef\xbb\xbf"

bool tum_filetext_read(const char *path, char **ret_text, size_t *ret_length,
                       struct tum_error **err)
{
    /* Opening a pipe or a terminal would wait for somebody to write. */
    if (tum_path_exists(path) && !tum_path_is_file(path) && !tum_path_is_folder(path))
        return tum_fail(err, TUM_ERROR_SYSTEM, "reading '%s': not a regular file",
                        path);
    return tum_file_read(path, TUM_FILE_LIMIT, ret_text, ret_length, err);
}

size_t tum_filetext_normalise(char *text, size_t length)
{
    char *end = text + length;
    char *to = text;
    const char *from = text;

    if (length >= strlen(BOM) && memcmp(text, BOM, strlen(BOM)) == 0)
        from += strlen(BOM);
    if (from == text && memchr(text, '\r', length) == NULL)
        return length;
    while (from < end) {
        if (*from == '\r') {
            *to++ = '\n';
            from += from + 1 < end && from[1] == '\n' ? 2 : 1;
        } else {
            *to++ = *from++;
        }
    }
    *to = '\0';
    return (size_t)(to - text);
}

/* Files that some editors write. */
static bool is_utf16(struct tum_str text)
{
    return text.n >= 2 &&
           (memcmp(text.s, "\xff\xfe", 2) == 0 || memcmp(text.s, "\xfe\xff", 2) == 0);
}

bool tum_filetext_check(char **text, size_t *length, size_t *ret_bad, char **ret_wrong)
{
    struct tum_str bytes = {*text, *length};
    struct tum_buf replaced = TUM_BUF_INIT(TUM_BUF_ANY);

    if (tum_utf8_valid(bytes, ret_bad))
        return true;
    *ret_wrong = is_utf16(bytes)
                     ? tum_asprintf("the file is UTF-16, expected UTF-8")
                     : tum_asprintf("not UTF-8: byte 0x%02X",
                                    (unsigned)(unsigned char)bytes.s[*ret_bad]);
    tum_utf8_add_replaced(&replaced, bytes);
    tum_free(*text);
    *length = replaced.len;
    *text = tum_buf_detach(&replaced);
    return false;
}
