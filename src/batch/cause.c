/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shortening messages.
 */
#include "batch/cause.h"

/* "/a/b/c.tum:3:5: error: …" from the name of the file on; n 0: there is none. */
static struct tum_str finding_of(struct tum_str message)
{
    size_t at = tum_str_find(message, TUM_S(": error: "), 0), end;

    if (at == TUM_STR_NONE)
        return tum_str_n(message.s, 0);
    end = TUM_MIN(tum_str_find_char(message, '\n', at), message.n);
    while (at > 0 && message.s[at - 1] != '\n' && message.s[at - 1] != '/')
        at--;
    return tum_str_sub(message, at, end);
}

/* Its first sentence, and what is meant instead. */
static void write_finding(struct tum_str message, struct tum_buf *out)
{
    struct tum_str finding = finding_of(message), note = TUM_S(": note: ");
    size_t at = tum_str_find(message, note, 0);

    tum_buf_addt(out, tum_str_sub(finding, 0, tum_str_find(finding, TUM_S(". "), 0)));
    if (at == TUM_STR_NONE)
        return;
    at += note.n;
    tum_buf_adds(out, "; ");
    tum_buf_addt(out, tum_str_sub(message, at, tum_str_find_char(message, '\n', at)));
}

void tum_cause_write(struct tum_str message, struct tum_buf *out)
{
    struct tum_str rest = message, line, first, last = {0};
    bool more = true, output = false;

    if (!tum_str_split(&rest, &more, '\n', &first))
        return;
    if (tum_str_ends(first, ":") && finding_of(message).n > 0) {
        write_finding(message, out);
        return;
    }
    output = tum_str_ends(first, "its last lines:");
    tum_buf_addt(out, first);
    while (tum_str_split(&rest, &more, '\n', &line)) {
        if (tum_str_ends(line, "last lines of output:"))
            output = true;
        else if (output && tum_str_trim(line).n > 0)
            last = line;
    }
    if (last.n == 0)
        return;
    if (tum_str_ends(first, "; its last lines:"))
        tum_buf_truncate(out, out->len - strlen("; its last lines:"));
    tum_buf_adds(out, " · last said: ");
    tum_buf_addt(out, tum_str_trim(last));
}
