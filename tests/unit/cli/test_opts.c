/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Command lines: what a table makes of words, and what it says about wrong ones.
 */
#include "cli/opts.h"
#include "tum/mem.h"
#include "unit.h"
#include <stdio.h>

struct wanted {
    struct tum_words files, defines, dirs;
    const char *path, *type;
    bool batch, plain, strict;
};

static const char *const types[] = {"sqlite", "junit", "html", NULL};

static const struct tum_opt common[] = {
    {.name = "config-file",
     .letter = 'c',
     .kind = TUM_OPT_LIST,
     .value = "FILE...",
     .help = "configuration",
     .field = TUM_OPT_FIELD(struct wanted, files),
     .quotes = true},
    {0},
};

static const struct tum_opt rows[] = {
    {.name = "define",
     .letter = 'd',
     .kind = TUM_OPT_ADD,
     .value = "K=V...",
     .help = "variables",
     .field = TUM_OPT_FIELD(struct wanted, defines)},
    {.name = "report-file",
     .letter = 'p',
     .kind = TUM_OPT_TEXT,
     .value = "FILE",
     .help = "report",
     .field = TUM_OPT_FIELD(struct wanted, path),
     .quotes = true},
    {.name = "report-type",
     .letter = 't',
     .kind = TUM_OPT_TEXT,
     .value = "TYPE",
     .help = "type",
     .choices = types,
     .field = TUM_OPT_FIELD(struct wanted, type)},
    {.name = "batch-execution",
     .letter = 'b',
     .kind = TUM_OPT_FLAG,
     .help = "batch",
     .field = TUM_OPT_FIELD(struct wanted, batch)},
    {.name = "no-color",
     .letter = 'o',
     .kind = TUM_OPT_FLAG,
     .help = "plain",
     .field = TUM_OPT_FIELD(struct wanted, plain)},
    {.name = "debug", .letter = 'g', .kind = TUM_OPT_NOTHING},
    {.name = "dev-debug", .kind = TUM_OPT_NOTHING},
    {.name = "batch-strict",
     .kind = TUM_OPT_FLAG,
     .rank = 1,
     .help = "strict",
     .field = TUM_OPT_FIELD(struct wanted, strict)},
    {.name = "no-services", .kind = TUM_OPT_NOTHING, .rank = 1},
    {.name = "shard", .kind = TUM_OPT_NOTHING, .rank = 1},
    {0},
};

static const struct tum_usage usage = {
    .synopsis = "tool [options] FILE\ntool COMMAND",
    .about = "  words    more words",
    .common = common,
    .opts = rows,
    .after = "The end.",
};

#define WORDS_LIMIT 16

/* Splits at blanks; "~" in a word stands for a blank. */
static int words_of(const char *line, char **argv, char *storage)
{
    int argc = 1;

    argv[0] = storage;
    snprintf(storage, 256, "%s", line);
    for (char *p = storage, *word; *p != '\0';) {
        while (*p == ' ')
            *p++ = '\0';
        if (*p == '\0')
            break;
        word = p;
        for (; *p != '\0' && *p != ' '; p++) {
            if (*p == '~')
                *p = ' ';
        }
        argv[argc++] = word;
        ck_assert_int_lt(argc, WORDS_LIMIT);
    }
    argv[argc] = NULL;
    return argc;
}

static void add_words(struct tum_buf *out, const char *name, const struct tum_words *w)
{
    if (!w->given && w->count == 0)
        return;
    tum_buf_addf(out, "%s=[", name);
    for (size_t i = 0; i < w->count; i++)
        tum_buf_addf(out, "%s%s", i > 0 ? "," : "", w->words[i]);
    tum_buf_adds(out, "] ");
}

/* All that was understood, as one text; or "!" and the message. */
static void parse(const char *text, bool take, struct tum_buf *out)
{
    char storage[256], *argv[WORDS_LIMIT + 1];
    struct wanted w = {0};
    struct tum_line line;
    struct tum_error *err = NULL;

    if (!tum_opts_parse(&usage, words_of(text, argv, storage), argv, &w, &line, &err)) {
        tum_buf_addf(out, "!%s", err->text);
        tum_error_free(err);
    } else {
        if (take && line.words.count == 0)
            tum_opts_take_file(&line, "/status");
        add_words(out, "c", &w.files);
        add_words(out, "d", &w.defines);
        if (w.path != NULL)
            tum_buf_addf(out, "p=%s ", w.path);
        if (w.type != NULL)
            tum_buf_addf(out, "t=%s ", w.type);
        tum_buf_adds(out, w.batch ? "b " : "");
        tum_buf_adds(out, w.plain ? "o " : "");
        tum_buf_adds(out, w.strict ? "strict " : "");
        tum_buf_adds(out, line.help ? "help " : "");
        tum_buf_adds(out, line.version ? "version " : "");
        add_words(out, "", &line.words);
    }
    tum_words_release(&w.files);
    tum_words_release(&w.defines);
    tum_words_release(&line.words);
}

static const struct {
    const char *line, *want;
} lines[] = {
    {"", ""},
    {"main.tum", "=[main.tum] "},
    {"-b -o main.tum", "b o =[main.tum] "},
    {"-bo main.tum", "b o =[main.tum] "},
    {"main.tum -d a=1 b", "d=[a=1,b] =[main.tum] "},
    {"-d a=1 main.tum", "d=[a=1,main.tum] "},
    {"-d a=1 -- main.tum", "d=[a=1] =[main.tum] "},
    {"-d a=1 -o main.tum", "d=[a=1] o =[main.tum] "},
    {"-d a -d b", "d=[a,b] "},
    {"-c a b -c c", "c=[c] "},
    {"-da=1 main.tum", "d=[a=1] =[main.tum] "},
    {"-d=a=1 main.tum", "d=[a=1] =[main.tum] "},
    {"--define=a=1 main.tum", "d=[a=1] =[main.tum] "},
    {"--define= x", "d=[] =[x] "},
    {"-boda=1 x", "d=[a=1] b o =[x] "},
    {"-bd a=1 b=2", "d=[a=1,b=2] b "},
    {"-d -3 -.5 -1.5 x", "d=[-3,-.5,-1.5,x] "},
    {"-p -3 x", "p=-3 =[x] "},
    {"-d - x", "d=[-,x] "},
    {"-- -b --no-color", "=[-b,--no-color] "},
    {"-p r.xml -t junit x", "p=r.xml t=junit =[x] "},
    {"-p \"'r~s.xml'\" x", "p=r s.xml =[x] "},
    {"-c \"a.yaml\" 'b.yaml'", "c=[a.yaml,b.yaml] "},
    {"-d \"a\"", "d=[\"a\"] "},
    {"--def a", "d=[a] "},
    {"--no-c x", "o =[x] "},
    {"--no x", "o =[x] "},
    {"--batch x", "b =[x] "},
    {"--batch-s x", "strict =[x] "},
    {"--sha x", "=[x] "},
    {"--report-f x", "p=x "},
    {"--debug", ""},
    {"-g --dev x", "=[x] "},
    {"-h", "help "},
    {"--help", "help "},
    {"--version x", "version =[x] "},
    {"--wrong --version", "version "},
    {"-p --help", "help "},
    {"-t nonsense -h", "help "},
    {"--de x", "!option '--de' is ambiguous: '--define', '--debug', '--dev-debug'"},
    {"--report x", "!option '--report' is ambiguous: '--report-file', '--report-type'"},
    {"--defnie x", "!unknown option '--defnie'; did you mean '--define'?"},
    {"--colour", "!unknown option '--colour'"},
    {"--no-colour", "!unknown option '--no-colour'; did you mean '--no-color'?"},
    {"-z", "!unknown option '-z'"},
    {"-boz", "!unknown option '-z' in '-boz'"},
    {"-p", "!option '-p' needs a value: FILE"},
    {"x -p -b", "!option '-p' needs a value: FILE"},
    {"-d", "!option '-d' needs at least one value: K=V..."},
    {"--config-file -- x", "!option '--config-file' needs at least one value: FILE..."},
    {"-b=1 x", "!option '-b' takes no value: '1'"},
    {"--no-color=x", "!option '--no-color' takes no value: 'x'"},
    {"-t junt",
     "!option '-t': 'junt' is none of sqlite, junit, html; did you mean 'junit'?"},
    {"-t pdf", "!option '-t': 'pdf' is none of sqlite, junit, html"},
    {"--report-type=", "!option '--report-type': '' is none of sqlite, junit, html"},
    {"--=x", "!unknown option '--'"},
};

START_TEST(understands)
{
    struct tum_buf out = TUM_BUF_INIT(4096);

    parse(lines[_i].line, false, &out);
    ck_assert_msg(strcmp(out.s, lines[_i].want) == 0, "%s\n got  %s\n want %s",
                  lines[_i].line, out.s, lines[_i].want);
    tum_buf_release(&out);
}
END_TEST

/* A list that swallowed the file gives it back when the file exists. */
START_TEST(gives_the_file_back)
{
    struct tum_buf out = TUM_BUF_INIT(4096);

    parse("-b -d a=1 /proc/self/status", true, &out);
    ck_assert_str_eq(out.s, "d=[a=1] b =[/proc/self/status] ");
    tum_buf_reset(&out);
    parse("-b -d a=1 /no/such/status", true, &out);
    ck_assert_str_eq(out.s, "d=[a=1,/no/such/status] b ");
    tum_buf_reset(&out);
    parse("-b -d a=1 /proc/self/stat", true, &out);
    ck_assert_str_eq(out.s, "d=[a=1,/proc/self/stat] b ");
    tum_buf_release(&out);
}
END_TEST

START_TEST(help_is_made_of_the_table)
{
    static const char want[] =
        "usage: tool [options] FILE\n"
        "       tool COMMAND\n"
        "\n"
        "  words    more words\n"
        "\n"
        "  -c, --config-file FILE... configuration\n"
        "  -d, --define K=V...       variables\n"
        "  -p, --report-file FILE    report\n"
        "  -t, --report-type TYPE    type\n"
        "  -b, --batch-execution     batch\n"
        "  -o, --no-color            plain\n"
        "  -h, --help                this text\n"
        "      --help-all            all options, those of batches "
        "too; see tum-batch(7)\n"
        "      --version             the version\n"
        "\n"
        "The end.\n";
    struct tum_buf out = TUM_BUF_INIT(4096);

    tum_opts_help(&usage, false, &out);
    ck_assert_str_eq(out.s, want);
    tum_buf_reset(&out);
    tum_opts_help(&usage, true, &out);
    ck_assert_ptr_nonnull(strstr(out.s, "      --batch-strict        strict\n"));
    tum_buf_release(&out);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, understands, 0, TUM_LEN(lines));
    tcase_add_test(t, gives_the_file_back);
    tcase_add_test(t, help_is_made_of_the_table);
}

UNIT_MAIN("opts", add)
