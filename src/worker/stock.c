/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stocks: for each interpreter and environment a parent of workers, and the workers it
 * keeps ready. Which interpreter is tried when the first does not do is decided here.
 */
#include "base/path.h"
#include "tum/mem.h"
#include "worker/calls.h"
#include "worker/embedded.h"
#include "worker/frame.h"
#include "worker/poolparts.h"
#include <stdlib.h>

#define START_PATIENCE (30 * TUM_SECOND) /* when config.start_timeout is 0 */
/* For parents of workers to leave, which they do at once. */
#define LEAVE_PATIENCE (500 * TUM_MS)
/* To learn how one ended whose worker never came. */
#define GONE_PATIENCE  (300 * TUM_MS)

#define CANDIDATES 3
struct candidate {
    char *path;
    bool wanted; /* named by the user: silence would be a surprise */
};

struct tum_stock {
    struct tum_stock *next;
    enum tum_lang lang;
    char *key;
    struct tum_python_config config;
    struct candidate candidates[CANDIDATES];
    size_t candidate_count, candidate; /* the one in use */
    struct tum_buf reasons;            /* against those before it */
    struct tum_zygote *zygote;
    bool proven; /* a worker of this interpreter has served */
    struct tum_worker *ready[TUM_POOL_READY_MAX]; /* the oldest first */
    size_t ready_count;
};

static bool is_given(const char *text)
{
    return text != NULL && text[0] != '\0';
}

/* ---- what a stock is made with ---- */

static void add_part(struct tum_buf *out, const char *text)
{
    tum_buf_adds(out, text != NULL ? text : "");
    tum_buf_addc(out, '\1');
}

char *tum_stock_key(enum tum_lang lang, const struct tum_python_config *config)
{
    struct tum_buf key = TUM_BUF_INIT(TUM_BUF_ANY);

    tum_buf_addi(&key, (int64_t)lang);
    add_part(&key, config->python_bin);
    add_part(&key, config->env_path);
    add_part(&key, config->env_pythonpath);
    add_part(&key, config->directory);
    for (char **p = config->path; p != NULL && *p != NULL; p++)
        add_part(&key, *p);
    add_part(&key, "");
    for (char **p = config->env; p != NULL && *p != NULL; p++)
        add_part(&key, *p);
    return tum_buf_detach(&key);
}

static char *dup_or_null(const char *text)
{
    return text != NULL ? tum_strdup(text) : NULL;
}

static char **dup_all(char *const *texts)
{
    char **copy;
    size_t n = 0;

    while (texts != NULL && texts[n] != NULL)
        n++;
    copy = tum_new_array(char *, n + 1);
    for (size_t i = 0; i < n; i++)
        copy[i] = tum_strdup(texts[i]);
    return copy;
}

static void copy_config(struct tum_python_config *to,
                        const struct tum_python_config *from)
{
    *to = (struct tum_python_config){
        .python_bin = dup_or_null(from->python_bin),
        .directory = dup_or_null(from->directory),
        .path = dup_all(from->path),
        .env_path = dup_or_null(from->env_path),
        .env_pythonpath = dup_or_null(from->env_pythonpath),
        .env = dup_all(from->env),
        .start_timeout = from->start_timeout,
    };
}

/* ---- which interpreter ---- */

static void add_candidate(struct tum_stock *stock, char *take, bool wanted)
{
    for (size_t i = 0; take != NULL && i < stock->candidate_count; i++)
        if (strcmp(stock->candidates[i].path, take) == 0) {
            tum_free(take);
            return;
        }
    if (take != NULL)
        stock->candidates[stock->candidate_count++] =
            (struct candidate){.path = take, .wanted = wanted};
}

static const char *variable_of(const struct tum_stock *stock)
{
    return stock->lang == TUM_LANG_PYTHON ? "python_bin" : "lua_bin";
}

static void add_reason(struct tum_stock *stock, const char *path, bool wanted,
                       const char *why, char **ret_warning)
{
    tum_buf_addf(&stock->reasons, "%s'%s': %s", stock->reasons.len > 0 ? "; " : "",
                 path, why);
    if (wanted && *ret_warning == NULL)
        *ret_warning =
            tum_asprintf("%s '%s' is not usable: %s", variable_of(stock), path, why);
}

static void find_candidates(struct tum_pool *pool, struct tum_stock *stock,
                            char **ret_warning)
{
    const char *wanted = stock->config.python_bin;

    if (is_given(wanted)) {
        char *path = tum_path_find_program(wanted);

        if (path == NULL)
            add_reason(stock, wanted, true, tum_path_no_program(wanted), ret_warning);
        add_candidate(stock, path, true);
    }
    if (stock->lang == TUM_LANG_LUA) {
        add_candidate(stock, tum_strdup(pool->lua_helper), false);
        return;
    }
    add_candidate(stock, tum_path_find_program("python3"), false);
    add_candidate(stock, tum_path_find_program("python"), false);
}

static void reject_candidate(struct tum_stock *stock, const char *why,
                             char **ret_warning)
{
    const struct candidate *candidate = &stock->candidates[stock->candidate++];

    add_reason(stock, candidate->path, candidate->wanted, why, ret_warning);
}

static char *unavailable_text(const struct tum_stock *stock)
{
    const char *language = stock->lang == TUM_LANG_PYTHON ? "Python 3" : "Lua";

    if (stock->reasons.len == 0)
        return tum_asprintf("no %s interpreter was found; set %s", language,
                            variable_of(stock));
    return tum_asprintf("no usable %s interpreter (set %s): %s", language,
                        variable_of(stock), stock->reasons.s);
}

/* ---- its parent of workers ---- */

static void add_name(struct tum_buf *out, const char *name)
{
    tum_val text = tum_val_str(name != NULL ? name : "");

    tum_message_add_text(out, tum_val_text(text));
    tum_val_unref(text);
}

static void add_setup(const struct tum_pool *pool, const struct tum_stock *stock,
                      struct tum_buf *out)
{
    const struct tum_python_config *config = &stock->config;
    const char *base = is_given(config->env_pythonpath) ? config->env_pythonpath
                                                        : getenv("PYTHONPATH");
    TUM_AUTO(tum_freep)
    char *path = tum_asprintf("%s%s%s", pool->runtime, is_given(base) ? ":" : "",
                              is_given(base) ? base : "");

    tum_buf_addf(out, "{\"hello\": {\"protocol\": %d, \"name\": \"tum\"}",
                 TUM_WORKER_PROTOCOL);
    tum_buf_adds(out, ", \"runtime\": ");
    add_name(out, pool->runtime);
    tum_buf_adds(out, ", \"include\": [");
    for (char **p = config->path; p != NULL && *p != NULL; p++) {
        tum_buf_adds(out, p == config->path ? "" : ", ");
        add_name(out, *p);
    }
    tum_buf_adds(out, "], \"pythonpath\": ");
    add_name(out, path);
    tum_buf_adds(out, ", \"main_dir\": ");
    add_name(out, pool->main_dir);
    tum_buf_addc(out, '}');
}

static struct tum_zygote *start_python(const struct tum_pool *pool,
                                       const struct tum_stock *stock, const char *path,
                                       struct tum_error **err)
{
    const char *argv[] = {path, "-c", tum_worker_start_py, "99", NULL};
    TUM_AUTO(tum_buf_release) struct tum_buf source = TUM_BUF_INIT(TUM_FRAME_LIMIT);
    TUM_AUTO(tum_buf_release) struct tum_buf setup = TUM_BUF_INIT(TUM_FRAME_LIMIT);

    tum_buf_add(&source, tum_common_py, tum_common_py_size);
    tum_buf_add(&source, tum_functions_py, tum_functions_py_size);
    tum_buf_add(&source, tum_unittest_py, tum_unittest_py_size);
    tum_buf_adds(&source, "\nmain()\n");
    add_setup(pool, stock, &setup);
    return tum_zygote_start(&(struct tum_zygote_opts){.argv = argv,
                                                      .source = tum_buf_str(&source),
                                                      .setup = tum_buf_str(&setup),
                                                      .config = &stock->config},
                            err);
}

static struct tum_zygote *start_lua(const struct tum_pool *pool,
                                    const struct tum_stock *stock, const char *path,
                                    struct tum_error **err)
{
    const char *helper[] = {pool->lua_helper, NULL};
    const char *host[] = {pool->lua_helper, path, NULL};
    TUM_AUTO(tum_buf_release) struct tum_buf setup = TUM_BUF_INIT(TUM_FRAME_LIMIT);

    add_setup(pool, stock, &setup);
    return tum_zygote_start(
        &(struct tum_zygote_opts){.argv = strcmp(path, pool->lua_helper) == 0 ? helper
                                                                              : host,
                                  .setup = tum_buf_str(&setup),
                                  .config = &stock->config},
        err);
}

/* Starts it with the first interpreter that can be executed. */
static bool start(struct tum_pool *pool, struct tum_stock *stock, char **ret_warning)
{
    while (stock->zygote == NULL && stock->candidate < stock->candidate_count) {
        const char *path = stock->candidates[stock->candidate].path;
        struct tum_error *err = NULL;

        stock->proven = false;
        stock->zygote = stock->lang == TUM_LANG_PYTHON
                            ? start_python(pool, stock, path, &err)
                            : start_lua(pool, stock, path, &err);
        if (stock->zygote == NULL) {
            TUM_AUTO(tum_freep) char *why = tum_error_text(err);

            reject_candidate(stock, why, ret_warning);
            tum_error_free(err);
        }
    }
    return stock->zygote != NULL;
}

/* The ready workers are of no use; their parent waits for those that serve. */
static void drop_zygote(struct tum_pool *pool, struct tum_stock *stock)
{
    for (size_t i = 0; i < stock->ready_count; i++)
        tum_keeper_take(pool, stock->ready[i], TUM_KEEP_KILL);
    stock->ready_count = 0;
    tum_zygote_free(stock->zygote, 0);
    stock->zygote = NULL;
}

static void free_stock(struct tum_stock *stock, tum_time deadline)
{
    for (size_t i = 0; i < stock->ready_count; i++)
        tum_worker_unref(stock->ready[i]);
    tum_zygote_free(stock->zygote, deadline);
    for (size_t i = 0; i < stock->candidate_count; i++)
        tum_free(stock->candidates[i].path);
    tum_python_config_release(&stock->config);
    tum_buf_release(&stock->reasons);
    tum_free(stock->key);
    tum_free(stock);
}

/* ---- finding, making ---- */

static void forget_candidates(struct tum_stock *stock)
{
    for (size_t i = 0; i < stock->candidate_count; i++)
        tum_free(stock->candidates[i].path);
    stock->candidate_count = stock->candidate = 0;
    tum_buf_release(&stock->reasons);
}

/* Ready workers of stocks that are not in use are thrown away. */
static void drop_ready_of_others(struct tum_pool *pool, const struct tum_stock *used)
{
    for (struct tum_stock *s = pool->stocks; s != NULL; s = s->next) {
        if (s == used || s->lang != used->lang)
            continue;
        for (size_t i = 0; i < s->ready_count; i++)
            tum_keeper_take(pool, s->ready[i], TUM_KEEP_KILL);
        s->ready_count = 0;
    }
}

struct tum_stock *tum_stock_find(struct tum_pool *pool, enum tum_lang lang,
                                 const char *key,
                                 const struct tum_python_config *config,
                                 char **ret_warning, char **ret_text)
{
    struct tum_stock **at = &pool->stocks, *stock;
    size_t others = 0;

    while (*at != NULL && strcmp((*at)->key, key) != 0) {
        at = &(*at)->next;
        others++;
    }
    stock = *at;
    if (stock != NULL) {
        *at = stock->next;
    } else {
        stock = tum_new(struct tum_stock);
        stock->lang = lang;
        stock->key = tum_strdup(key);
        copy_config(&stock->config, config);
        tum_buf_init(&stock->reasons, TUM_BUF_ANY);
    }
    stock->next = pool->stocks;
    pool->stocks = stock;
    if (at != &pool->stocks && stock->next != NULL)
        drop_ready_of_others(pool, stock);
    /* Its workers end with a parent that goes: so many at once nobody has. */
    if (others >= TUM_POOL_STOCKS) {
        struct tum_stock **last = &pool->stocks;

        while ((*last)->next != NULL)
            last = &(*last)->next;
        if (*last != stock) {
            struct tum_stock *dropped = *last;

            *last = NULL;
            free_stock(dropped, 0);
        }
    }
    if (stock->candidate_count == 0)
        find_candidates(pool, stock, ret_warning);
    if (start(pool, stock, ret_warning))
        return stock;
    *ret_text = unavailable_text(stock);
    /* The next call may find what is missing now. */
    forget_candidates(stock);
    return NULL;
}

/* ---- workers ---- */

static tum_time patience_of(const struct tum_stock *stock)
{
    tum_time given = stock->config.start_timeout;

    return TUM_MAX(tum_zygote_patience(stock->zygote),
                   tum_time_add(tum_now(), given > 0 ? given : START_PATIENCE));
}

struct tum_worker *tum_stock_fork(struct tum_stock *stock, struct tum_str request,
                                  char **ret_text)
{
    struct tum_error *err = NULL;
    struct tum_worker *worker =
        tum_zygote_fork(stock->zygote, request, patience_of(stock), &err);

    if (worker == NULL) {
        *ret_text = tum_error_text(err);
        tum_error_free(err);
    }
    return worker;
}

void tum_stock_fill(struct tum_pool *pool, struct tum_stock *stock)
{
    while (stock->ready_count < pool->bounds.ready) {
        char *text = NULL;
        struct tum_worker *worker = tum_stock_fork(stock, TUM_S("{}"), &text);

        tum_free(text);
        if (worker == NULL)
            return;
        stock->ready[stock->ready_count++] = worker;
    }
}

struct tum_worker *tum_stock_take(struct tum_pool *pool, struct tum_stock *stock,
                                  char **ret_warning, char **ret_text)
{
    struct tum_worker *worker = NULL;

    while (worker == NULL && stock->ready_count > 0) {
        worker = stock->ready[0];
        stock->ready_count--;
        memmove(stock->ready, stock->ready + 1,
                stock->ready_count * sizeof stock->ready[0]);
        if (tum_rpc_is_lost(tum_worker_rpc(worker))) {
            tum_val hello;
            bool greeted = tum_rpc_hello(tum_worker_rpc(worker), &hello);

            if (greeted) {
                TUM_AUTO(tum_freep) char *why = tum_rpc_cause(tum_worker_rpc(worker));

                tum_val_unref(hello);
                if (*ret_warning == NULL)
                    *ret_warning = tum_asprintf(
                        "a ready worker had ended (%s); a fresh one is used", why);
                tum_keeper_take(pool, worker, TUM_KEEP_WATCH);
                worker = NULL;
            }
        }
    }
    if (worker == NULL)
        worker = tum_stock_fork(stock, TUM_S("{}"), ret_text);
    if (worker != NULL)
        tum_stock_fill(pool, stock);
    return worker;
}

static struct tum_stock *stock_of(struct tum_pool *pool, const char *key)
{
    struct tum_stock *stock = pool->stocks;

    while (stock != NULL && strcmp(stock->key, key) != 0)
        stock = stock->next;
    return stock;
}

void tum_stock_prove(struct tum_pool *pool, const char *key)
{
    struct tum_stock *stock = stock_of(pool, key);

    if (stock != NULL)
        stock->proven = true;
}

/* The parent of Lua workers is ours and lives on; the interpreter is what each of them
   becomes. One that never served is no Lua. */
static bool is_no_lua(const struct tum_pool *pool, const struct tum_stock *stock)
{
    return stock->lang == TUM_LANG_LUA && !stock->proven &&
           strcmp(stock->candidates[stock->candidate].path, pool->lua_helper) != 0;
}

bool tum_stock_reject(struct tum_pool *pool, const char *key, bool late,
                      const char *why, struct tum_buf *said, char **ret_warning,
                      char **ret_text)
{
    struct tum_stock *stock = stock_of(pool, key);
    TUM_AUTO(tum_freep) char *gone = NULL;
    const char *path;

    if (stock == NULL || stock->zygote == NULL)
        return true;
    path = stock->candidates[stock->candidate].path;
    tum_zygote_drain(stock->zygote, said);
    if (late) {
        *ret_text = tum_asprintf(
            "%s '%s': no worker was ready in %lld s "
            "(proc_start_timeout)",
            variable_of(stock), path,
            (long long)((stock->config.start_timeout > 0 ? stock->config.start_timeout
                                                         : START_PATIENCE) /
                        TUM_SECOND));
        drop_zygote(pool, stock);
        return false;
    }
    if (is_no_lua(pool, stock)) {
        drop_zygote(pool, stock);
        reject_candidate(stock, why != NULL ? why : "it ended at once", ret_warning);
        return true;
    }
    if (!tum_zygote_is_gone(stock->zygote, tum_now() + GONE_PATIENCE, &gone)) {
        *ret_text = tum_asprintf("%s '%s': a worker could not be started: %s",
                                 variable_of(stock), path,
                                 why != NULL ? why : "it ended at once");
        return true;
    }
    tum_zygote_drain(stock->zygote, said);
    drop_zygote(pool, stock);
    if (!stock->proven)
        reject_candidate(stock, gone, ret_warning);
    return true;
}

/* ---- the end ---- */

void tum_stocks_leave(struct tum_pool *pool)
{
    for (struct tum_stock *s = pool->stocks; s != NULL; s = s->next) {
        for (size_t i = 0; i < s->ready_count; i++)
            tum_worker_unref(s->ready[i]);
        s->ready_count = 0;
        if (s->zygote != NULL)
            tum_zygote_leave(s->zygote);
    }
}

void tum_stocks_free(struct tum_pool *pool)
{
    tum_time deadline = tum_now() + LEAVE_PATIENCE;

    while (pool->stocks != NULL) {
        struct tum_stock *stock = pool->stocks;

        pool->stocks = stock->next;
        free_stock(stock, deadline);
    }
}
