/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tum -b [options] PATH...: reads the words of the options and hands them to the batch.
 */
#include "cli/cmd_batch.h"
#include "batch/batch.h"
#include "tum/mem.h"
#include "tum/proc.h"
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <unistd.h>

#define AT(member) TUM_OPT_FIELD(struct tum_run_words, batch.member)

static const char *const shard_ways[] = {"duration", "hash", NULL};
static const char *const none_ways[] = {"all", "none", NULL};
static const char *const list_ways[] = {"", "text", "json", NULL};
static const char *const junit_ways[] = {"default", "jenkins-xsd", NULL};

const struct tum_opt tum_batch_opts_rows[] = {
    {.name = "jobs",
     .letter = 'j',
     .kind = TUM_OPT_TEXT,
     .rank = 1,
     .value = "N",
     .help = "campaigns at once; auto: number of processors",
     .field = AT(jobs)},
    {.name = "keyword",
     .letter = 'k',
     .kind = TUM_OPT_TEXT,
     .rank = 1,
     .value = "EXPR",
     .help = "nodes whose file, names, type, key or tags match",
     .field = AT(keyword)},
    {.name = "tags",
     .kind = TUM_OPT_TEXT,
     .rank = 1,
     .value = "EXPR",
     .help = "nodes whose tags match, as whole words",
     .field = AT(tags)},
    {.name = "lf",
     .kind = TUM_OPT_FLAG,
     .rank = 1,
     .help = "nodes that failed in their last run (--last-failed)",
     .field = AT(last_failed)},
    {.name = "last-failed", .kind = TUM_OPT_FLAG, .rank = 1, .field = AT(last_failed)},
    {.name = "last-failed-no-failures",
     .kind = TUM_OPT_TEXT,
     .rank = 1,
     .value = "WHAT",
     .help = "with --lf when none failed: all (the default) or none",
     .choices = none_ways,
     .field = AT(none_failed)},
    {.name = "ff",
     .kind = TUM_OPT_FLAG,
     .rank = 1,
     .help = "all, those that failed last first (--failed-first)",
     .field = AT(failed_first)},
    {.name = "failed-first",
     .kind = TUM_OPT_FLAG,
     .rank = 1,
     .field = AT(failed_first)},
    {.name = "changed",
     .kind = TUM_OPT_MAYBE,
     .rank = 1,
     .value = "REV",
     .help = "campaigns that files changed since REV (HEAD) concern",
     .field = AT(changed)},
    {.name = "shard",
     .kind = TUM_OPT_TEXT,
     .rank = 1,
     .value = "I/N",
     .help = "the I-th of N parts; auto: from the environment",
     .field = AT(shard)},
    {.name = "shard-by",
     .kind = TUM_OPT_TEXT,
     .rank = 1,
     .value = "WAY",
     .help = "duration (the default) or hash",
     .choices = shard_ways,
     .field = AT(shard_by)},
    {.name = "shuffle",
     .kind = TUM_OPT_MAYBE,
     .rank = 1,
     .value = "SEED",
     .help = "campaigns in random order",
     .field = AT(shuffle)},
    {.name = "exitfirst",
     .letter = 'x',
     .kind = TUM_OPT_FLAG,
     .rank = 1,
     .help = "start no campaign after one that failed",
     .field = AT(exitfirst)},
    {.name = "maxfail",
     .kind = TUM_OPT_TEXT,
     .rank = 1,
     .value = "N",
     .help = "start no campaign after N that failed",
     .field = AT(maxfail)},
    {.name = "timeout",
     .kind = TUM_OPT_TEXT,
     .rank = 1,
     .value = "T",
     .help = "bound of each campaign",
     .field = AT(timeout)},
    {.name = "batch-timeout",
     .kind = TUM_OPT_TEXT,
     .rank = 1,
     .value = "T",
     .help = "bound of the whole batch",
     .field = AT(batch_timeout)},
    {.name = "retries",
     .kind = TUM_OPT_TEXT,
     .rank = 1,
     .value = "N",
     .help = "run a failed campaign again, N times at most",
     .field = AT(retries)},
    {.name = "infra-retries",
     .kind = TUM_OPT_TEXT,
     .rank = 1,
     .value = "N",
     .help = "re-runs after an infrastructure error only (2)",
     .field = AT(infra_retries)},
    {.name = "infra-delay",
     .kind = TUM_OPT_TEXT,
     .rank = 1,
     .value = "T",
     .help = "time before such a re-run (30 s)",
     .field = AT(infra_delay)},
    {.name = "resume",
     .kind = TUM_OPT_FLAG,
     .rank = 1,
     .help = "continue the last batch that did not end",
     .field = AT(resume)},
    {.name = "list",
     .kind = TUM_OPT_MAYBE,
     .rank = 1,
     .value = "json",
     .help = "print the selected nodes, run nothing (--collect-only)",
     .choices = list_ways,
     .field = AT(list)},
    {.name = "collect-only",
     .kind = TUM_OPT_FLAG,
     .rank = 1,
     .field = AT(collect_only)},
    {.name = "report-dir",
     .kind = TUM_OPT_TEXT,
     .rank = 1,
     .value = "DIR",
     .help = "reports of the batch, and a folder for each campaign",
     .field = AT(report_dir)},
    {.name = "junit-dialect",
     .kind = TUM_OPT_TEXT,
     .rank = 1,
     .value = "D",
     .help = "jenkins-xsd: what the public Jenkins schema allows",
     .choices = junit_ways,
     .field = AT(junit_dialect)},
    {.name = "clean",
     .kind = TUM_OPT_FLAG,
     .rank = 1,
     .help = "let pre-flight remove what it may remove",
     .field = AT(clean)},
    {.name = "no-preflight",
     .kind = TUM_OPT_FLAG,
     .rank = 1,
     .help = "no checks before the batch and its campaigns",
     .field = AT(no_preflight)},
    {.name = "no-services",
     .kind = TUM_OPT_FLAG,
     .rank = 1,
     .help = "start no services",
     .field = AT(no_services)},
    {.name = "strict-flaky",
     .kind = TUM_OPT_FLAG,
     .rank = 1,
     .help = "known flaky nodes are ordinary failures",
     .field = AT(strict_flaky)},
    {.name = "events",
     .kind = TUM_OPT_MAYBE,
     .rank = 1,
     .value = "FILE",
     .help = "every event as a JSON object a line",
     .field = AT(events)},
    /* How a batch starts its campaigns. */
    {.name = "batch-link", .kind = TUM_OPT_MAYBE, .rank = 1, .field = AT(link)},
    {0},
};

bool tum_batch_is_asked(const struct tum_batch_words *w)
{
    const char *const texts[] = {
        w->jobs,          w->keyword,       w->tags,    w->changed,     w->shard,
        w->shard_by,      w->shuffle,       w->maxfail, w->timeout,     w->retries,
        w->batch_timeout, w->infra_retries, w->list,    w->infra_delay, w->report_dir,
        w->junit_dialect, w->none_failed};

    for (size_t i = 0; i < TUM_LEN(texts); i++) {
        if (texts[i] != NULL)
            return true;
    }
    return w->last_failed || w->failed_first || w->exitfirst || w->resume ||
           w->collect_only || w->clean || w->no_preflight || w->strict_flaky;
}

/* ---- words to values ---- */

struct reading {
    const struct tum_usage *usage;
    int status; /* of the first mistake, or 0 */
};

static void wrong(struct reading *r, const char *option, const char *word,
                  const char *what)
{
    if (r->status == 0)
        r->status = tum_command_wrong(r->usage, "option '--%s': '%s' is no %s", option,
                                      word, what);
}

static int64_t number(struct reading *r, const char *option, const char *word,
                      int64_t least, int64_t deflt)
{
    int64_t value;

    if (word == NULL)
        return deflt;
    if (tum_str_int(tum_str_of(word), &value) && value >= least && value <= 1000000)
        return value;
    wrong(r, option, word, least > 0 ? "whole number from 1 on" : "whole number");
    return deflt;
}

static tum_time duration(struct reading *r, const char *option, const char *word,
                         tum_time deflt, bool zero)
{
    tum_time value;

    if (word == NULL)
        return deflt;
    if (tum_duration_whole(tum_str_of(word), &value) && (value > 0 || zero))
        return value;
    wrong(r, option, word, zero ? "duration" : "duration above 0");
    return deflt;
}

bool tum_jobs_read(const char *word, size_t *ret)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    int64_t count = 1;

    if (word != NULL && strcmp(word, "auto") == 0)
        count = processors > 0 ? processors : 1;
    else if (word != NULL && (!tum_str_int(tum_str_of(word), &count) || count < 1))
        return false;
    *ret = (size_t)TUM_MIN(count, (int64_t)TUM_BATCH_JOBS);
    return true;
}

static size_t jobs(struct reading *r, const char *word)
{
    size_t count = 1;

    if (!tum_jobs_read(word, &count))
        wrong(r, "jobs", word, "number above 0, or auto");
    return count;
}

static void shard(struct reading *r, const char *word, struct tum_selection *ret)
{
    struct tum_str text = tum_str_of(word);
    size_t slash = tum_str_find_char(text, '/', 0);
    struct tum_error *err = NULL;
    int64_t index, count;

    if (strcmp(word, "auto") == 0) {
        if (!tum_shard_auto(&ret->shard, &ret->shards, &err) && r->status == 0)
            r->status = tum_command_wrong_take(r->usage, &err);
        tum_error_free(err);
        return;
    }
    if (slash == TUM_STR_NONE || !tum_str_int(tum_str_sub(text, 0, slash), &index) ||
        !tum_str_int(tum_str_sub(text, slash + 1, text.n), &count) || index < 1 ||
        count < 1 || index > count || count > 100000) {
        wrong(r, "shard", word, "part I/N with 1 <= I <= N");
        return;
    }
    ret->shard = (size_t)index;
    ret->shards = (size_t)count;
}

static void shuffle(struct reading *r, const char *word, struct tum_selection *ret)
{
    int64_t seed;

    ret->shuffle = true;
    if (word[0] == '\0') {
        uint32_t random = 0;

        if (getrandom(&random, sizeof(random), 0) != sizeof(random))
            random = (uint32_t)tum_now();
        ret->seed = random;
    } else if (tum_str_int(tum_str_of(word), &seed) && seed >= 0) {
        ret->seed = (uint64_t)seed;
    } else {
        wrong(r, "shuffle", word, "seed, a whole number");
    }
}

/* ---- the face ---- */

static void face_print(void *ctx, struct tum_str text)
{
    tum_live_output(ctx, text);
}

static void face_complain(void *ctx, struct tum_str text)
{
    (void)ctx;
    tum_print_error(text);
}

static void face_live(void *ctx, const char *line)
{
    tum_live_line(ctx, line);
}

void tum_batch_face(struct tum_live *live, struct tum_face *ret)
{
    struct winsize size;

    *ret = (struct tum_face){
        .ctx = live,
        .print = face_print,
        .complain = face_complain,
        .live = face_live,
        .terminal = tum_live_is_terminal(live),
        .colours = tum_live_colours(live),
        .columns = 80,
    };
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        ret->columns = size.ws_col;
}

/* ---- the whole ---- */

int tum_batch_main(const struct tum_usage *usage, const struct tum_run_words *words,
                   const struct tum_line *line, bool no_color, bool strict01)
{
    static const char *const no_paths[] = {NULL};
    const struct tum_batch_words *w = &words->batch;
    struct reading r = {.usage = usage};
    struct tum_batch_opts opts = {
        .program =
            {
                .path = words->setup.program,
                .config_files =
                    words->setup.config.given ? words->setup.config.words : NULL,
                .defines =
                    words->setup.define.count > 0 ? words->setup.define.words : NULL,
                .include_paths =
                    words->setup.include.given ? words->setup.include.words : NULL,
            },
        .paths = line->words.count > 0 ? line->words.words : no_paths,
        .selection =
            {
                .keyword = w->keyword,
                .tags = w->tags,
                .last_failed = w->last_failed,
                .failed_first = w->failed_first,
                .none_when_none_failed =
                    w->none_failed != NULL && strcmp(w->none_failed, "none") == 0,
                .by_hash = w->shard_by != NULL && strcmp(w->shard_by, "hash") == 0,
            },
        .changed = w->changed != NULL,
        .revision = w->changed,
        .jobs = jobs(&r, w->jobs),
        .maxfail = (size_t)number(&r, "maxfail", w->maxfail, 1, w->exitfirst ? 1 : 0),
        .timeout = duration(&r, "timeout", w->timeout, 0, false),
        .batch_timeout = duration(&r, "batch-timeout", w->batch_timeout, 0, false),
        .retries = number(&r, "retries", w->retries, 0, 0),
        .infra_retries =
            number(&r, "infra-retries", w->infra_retries, 0, TUM_BATCH_INFRA_TRIES),
        .infra_delay =
            duration(&r, "infra-delay", w->infra_delay, TUM_BATCH_INFRA_DELAY, true),
        .resume = w->resume,
        .clean = w->clean,
        .no_preflight = w->no_preflight,
        .no_services = w->no_services,
        .strict_flaky = w->strict_flaky,
        .list = w->list != NULL || w->collect_only,
        .list_json = w->list != NULL && strcmp(w->list, "json") == 0,
        .report_dir = w->report_dir,
        .jenkins_xsd =
            w->junit_dialect != NULL && strcmp(w->junit_dialect, "jenkins-xsd") == 0,
        .events = w->events != NULL,
        .events_file = w->events,
        .strict01 = strict01,
    };
    struct tum_live *live;
    struct tum_face face;
    int status;

    if (w->shard != NULL)
        shard(&r, w->shard, &opts.selection);
    if (w->shuffle != NULL)
        shuffle(&r, w->shuffle, &opts.selection);
    if (r.status != 0)
        return r.status;
    if (w->resume && line->words.count > 0)
        return tum_command_wrong(usage,
                                 "option '--resume' goes on with what was selected "
                                 "then: '%s' is too much",
                                 line->words.words[0]);
    live = tum_live_new(no_color);
    tum_batch_face(live, &face);
    status = tum_batch_run(&opts, &face);
    tum_live_free(live);
    tum_guardian_close(TUM_END_PATIENCE);
    return status;
}
