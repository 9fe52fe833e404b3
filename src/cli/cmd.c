/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What all commands do with their line: help, version, and one form of usage error.
 */
#include "cli/cmd.h"
#include "cli/live.h"
#include "engine/session.h"
#include "tum/mem.h"

int tum_command_wrong(const struct tum_usage *usage, const char *fmt, ...)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    va_list ap;

    tum_buf_adds(&text, "tum: ");
    va_start(ap, fmt);
    tum_buf_addv(&text, fmt, ap);
    va_end(ap);
    tum_buf_addc(&text, '\n');
    tum_opts_hint(usage, &text);
    tum_print_error(tum_buf_str(&text));
    return TUM_STATUS_USAGE;
}

int tum_command_no_file(const struct tum_usage *usage, const struct tum_line *line)
{
    const struct tum_words *list = line->last_list;
    const char *last =
        list != NULL && list->count > 0 ? list->words[list->count - 1] : "";

    if (!tum_str_ends(tum_str_of(last), ".tum"))
        return tum_command_wrong(usage, "no campaign file given");
    return tum_command_wrong(
        usage,
        "no campaign file given: '%s' was taken as a value of '--%s', and is no file",
        last, line->last_opt->name);
}

int tum_command_wrong_take(const struct tum_usage *usage, struct tum_error **err)
{
    char *text = tum_error_text(*err);

    tum_command_wrong(usage, "%s", text);
    tum_free(text);
    tum_error_clear(err);
    return TUM_STATUS_USAGE;
}

bool tum_command_line(const struct tum_usage *usage, int argc, char **argv, void *into,
                      struct tum_line *ret, int *ret_status)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_error *err = NULL;

    if (!tum_opts_parse(usage, argc, argv, into, ret, &err)) {
        *ret_status = tum_command_wrong_take(usage, &err);
        return false;
    }
    if (ret->version)
        tum_buf_addf(&text, "tum %s\n", tum_version);
    else if (ret->help || ret->help_all)
        tum_opts_help(usage, ret->help_all, &text);
    else
        return true;
    *ret_status =
        tum_print(tum_buf_str(&text)) ? TUM_STATUS_PASSED : TUM_STATUS_INTERNAL;
    return false;
}
