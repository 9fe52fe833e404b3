/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the words of -c, -d, -i to the options of a session.
 */
#include "cli/setup.h"
#include "base/path.h"
#include "cli/define.h"
#include "cli/live.h"
#include "items.h"
#include "tum/mem.h"
#include <errno.h>
#include <limits.h>
#include <unistd.h>

const struct tum_opt tum_setup_opts[] = {
    {
        .name = "config-file",
        .letter = 'c',
        .kind = TUM_OPT_LIST,
        .value = "F...",
        .help = "configuration files instead of the campaign's own",
        .field = TUM_OPT_FIELD(struct tum_setup, config),
        .quotes = true,
    },
    {
        .name = "define",
        .letter = 'd',
        .kind = TUM_OPT_ADD,
        .value = "K=V...",
        .help = "variables; V is a Python literal, else text",
        .field = TUM_OPT_FIELD(struct tum_setup, define),
    },
    {
        .name = "include-path",
        .letter = 'i',
        .kind = TUM_OPT_LIST,
        .value = "D...",
        .help = "folders for Python modules",
        .field = TUM_OPT_FIELD(struct tum_setup, include),
    },
    {0},
};

static void read_define(struct tum_setup *setup, const char *word)
{
    struct tum_str text = tum_str_of(word);
    size_t equals = tum_str_find_char(text, '=', 0);
    struct tum_str name = tum_str_trim(tum_str_sub(text, 0, equals));
    struct tum_define *define = &setup->defines[setup->define_count];

    if (name.n == 0)
        return;
    define->name = tum_strndup(name.s, name.n);
    define->value = equals == TUM_STR_NONE
                        ? tum_val_bool(true)
                        : tum_define_value(tum_str_sub(text, equals + 1, text.n));
    setup->define_count++;
}

static bool check_config(const char *word)
{
    struct tum_str name = tum_str_of(word);

    if (tum_path_is_folder(word))
        tum_complain("configuration file '%s' is a folder", word);
    else if (!tum_path_is_file(word))
        tum_complain("configuration file '%s' does not exist", word);
    else if (!tum_str_ends(name, ".yaml") && !tum_str_ends(name, ".yml"))
        tum_complain("configuration file '%s' is neither .yaml nor .yml", word);
    else
        return true;
    return false;
}

/* The path that a sub-campaign starts. */
static char *own_program(void)
{
    char path[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

    return n > 0 ? tum_strndup(path, (size_t)n) : tum_strdup("tum");
}

bool tum_setup_read(struct tum_setup *setup)
{
    for (size_t i = 0; i < setup->config.count; i++) {
        if (!check_config(setup->config.words[i]))
            return false;
    }
    setup->defines = tum_new_array(struct tum_define, setup->define.count);
    for (size_t i = 0; i < setup->define.count; i++)
        read_define(setup, setup->define.words[i]);
    setup->program = own_program();
    return true;
}

bool tum_setup_file(const char *word, char **ret_path)
{
    size_t from = 0, to = strlen(word);

    for (const char *quote = "\"'"; *quote != '\0'; quote++) {
        while (from < to && word[from] == *quote)
            from++;
        while (to > from && word[to - 1] == *quote)
            to--;
    }
    char *path = tum_strndup(word + from, to - from);

    if (tum_path_is_folder(path))
        tum_complain("'%s' is a folder, not a campaign file", path);
    else if (!tum_path_exists(path))
        tum_complain("cannot open '%s': %s", path, tum_errno_text(ENOENT));
    else {
        *ret_path = path;
        return true;
    }
    tum_free(path);
    return false;
}

void tum_setup_fill(const struct tum_setup *setup, const char *path,
                    struct tum_session_opts *ret)
{
    *ret = (struct tum_session_opts){
        .path = path,
        .program = setup->program,
        .items = tum_items,
        .config_files = setup->config.given ? setup->config.words : NULL,
        .defines = setup->defines,
        .define_count = setup->define_count,
        .include_paths = setup->include.given ? setup->include.words : NULL,
    };
}

void tum_setup_release(struct tum_setup *setup)
{
    for (size_t i = 0; i < setup->define_count; i++) {
        tum_free(setup->defines[i].name);
        tum_val_unref(setup->defines[i].value);
    }
    tum_free(setup->defines);
    tum_free(setup->program);
    tum_words_release(&setup->config);
    tum_words_release(&setup->define);
    tum_words_release(&setup->include);
    *setup = (struct tum_setup){0};
}
