/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract of the pool, with real interpreters: UNIT_PYTHON names one, else python3.
 * What functions return and print is a matter of the campaigns in tests/conformance.
 */
#include "base/fd.h"
#include "tum/mem.h"
#include "tum/proc.h"
#include "unit.h"
#include "worker/pool.h"
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- a host ---- */

struct host {
    struct tum_worker_host api;
    char *python_bin, *env_pythonpath;
    struct tum_buf out, warnings;
};

static bool host_configure(void *ctx, struct tum_python_config *ret,
                           struct tum_error **err)
{
    struct host *h = ctx;

    (void)err;
    *ret = (struct tum_python_config){0};
    if (h->python_bin != NULL)
        ret->python_bin = tum_strdup(h->python_bin);
    if (h->env_pythonpath != NULL)
        ret->env_pythonpath = tum_strdup(h->env_pythonpath);
    return true;
}

static void host_warn(void *ctx, const char *text)
{
    tum_buf_addf(&((struct host *)ctx)->warnings, "%s\n", text);
}

static bool host_get(void *ctx, struct tum_str name, tum_val *ret)
{
    (void)ctx;
    if (!tum_str_is(name, "volts"))
        return false;
    *ret = tum_val_int(7);
    return true;
}

static void host_set(void *ctx, struct tum_str name, tum_val take)
{
    (void)ctx;
    (void)name;
    tum_val_unref(take);
}

static void host_del(void *ctx, struct tum_str name)
{
    (void)ctx;
    (void)name;
}

static void host_output(void *ctx, struct tum_str bytes)
{
    tum_buf_addt(&((struct host *)ctx)->out, bytes);
}

static void late_output(void *ctx, struct tum_str lines)
{
    (void)ctx;
    (void)lines;
}

/* ---- a folder with functions ---- */

static const char functions[] =
    "import os, sys, time\n"
    "import py_func.tm as tm\n"
    "state = []\n"
    "def echo(*a): return list(a)\n"
    "def volts(): return tm.gd('volts')\n"
    "def count():\n"
    "    import unit_state\n"
    "    unit_state.n += 1\n"
    "    return unit_state.n\n"
    "def say(): print('said'); os.write(1, b'raw\\n'); return os.getpid()\n"
    "def leave(code): print('last words'); sys.stdout.flush(); os._exit(code)\n"
    "def die(number): os.kill(os.getpid(), number); time.sleep(5)\n"
    "def spoil():\n"
    "    for fd in range(3, 64):\n"
    "        try: os.write(fd, b'\\xff' * 40)\n"
    "        except OSError: pass\n"
    "    time.sleep(60)\n"
    "def close(): os.closerange(3, 64); time.sleep(60)\n"
    "def sleep(path):\n"
    "    import subprocess\n"
    "    child = subprocess.Popen(['sleep', '60'])\n"
    "    with open(path, 'w') as f: f.write('%d %d\\n' % (os.getpid(), child.pid))\n"
    "    time.sleep(60)\n"
    "def path(): return os.environ.get('PYTHONPATH', '')\n"
    "def odd(): return {'a': [0, 1, 2, {3}]}\n";

static char folder[64];
static char *file;

static void write_text(const char *name, const char *text)
{
    TUM_AUTO(tum_freep) char *path = tum_asprintf("%s/%s", folder, name);
    struct tum_error *err = NULL;

    ck_assert(tum_file_replace(path, tum_str_of(text), &err));
}

static struct tum_pool *pool;
static struct host host;

static void set_up(void)
{
    tum_guardian_set_program(UNIT_GUARDIAN);
    signal(SIGPIPE, SIG_IGN);
    /* Anew for each test: they may all run in one process. */
    snprintf(folder, sizeof(folder), "/tmp/tum-unit-pool-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    file = tum_asprintf("%s/unit.py", folder);
    write_text("unit.py", functions);
    write_text("unit_state.py", "n = 0\n");
    host = (struct host){.api = {.configure = host_configure,
                                 .warn = host_warn,
                                 .get = host_get,
                                 .set = host_set,
                                 .del = host_del,
                                 .output = host_output}};
    host.api.ctx = &host;
    if (getenv("UNIT_PYTHON") != NULL)
        host.python_bin = tum_strdup(getenv("UNIT_PYTHON"));
    tum_buf_init(&host.out, TUM_BUF_ANY);
    tum_buf_init(&host.warnings, TUM_BUF_ANY);
    pool = tum_pool_new(&(struct tum_pool_opts){.main_dir = "/",
                                                .runtime = UNIT_RUNTIME,
                                                .lua_helper = UNIT_LUA,
                                                .output = late_output});
}

static void tear_down(void)
{
    static const char *const names[] = {"unit.py", "unit_state.py", "told"};

    for (size_t i = 0; i < TUM_LEN(names); i++) {
        TUM_AUTO(tum_freep) char *path = tum_asprintf("%s/%s", folder, names[i]);

        unlink(path);
    }
    rmdir(folder);
    tum_pool_free(pool);
    tum_buf_release(&host.out);
    tum_buf_release(&host.warnings);
    tum_free(host.python_bin);
    tum_free(host.env_pythonpath);
    tum_free(file);
    tum_guardian_close(2 * TUM_SECOND);
}

/* Calls NAME with the JSON of a list of arguments. */
static enum tum_pool_outcome call(const char *name, const char *params, tum_val context,
                                  struct tum_stop *stop, struct tum_pool_result *ret)
{
    TUM_AUTO(tum_freep)
    char *inside = tum_asprintf("\"op\": \"func\", \"file\": \"%s\", \"name\": \"%s\", "
                                "\"params\": %s",
                                file, name, params);
    struct tum_pool_call job = {
        .context = context, .what = name, .inside = tum_str_of(inside)};

    return tum_pool_run(pool, &job, &host.api, stop, ret);
}

/* The value of a call that returns, as text; "!TEXT" of one that does not. */
static char *value(const char *name, const char *params, tum_val context)
{
    struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_pool_result result;
    tum_val v;

    if (call(name, params, context, NULL, &result) != TUM_POOL_REPLIED)
        tum_buf_addf(&text, "!%s", result.text != NULL ? result.text : "");
    else if (tum_map_peeks(result.reply, "value", &v))
        tum_val_write_repr(&text, v);
    else if (tum_map_peeks(result.reply, "refused", &v) ||
             tum_map_peeks(result.reply, "untold", &v))
        tum_buf_addf(&text, "?%s", tum_val_text(v).s);
    else
        tum_val_write_repr(&text, result.reply);
    tum_pool_result_release(&result);
    return tum_buf_detach(&text);
}

static void expect(const char *name, const char *params, tum_val context,
                   const char *want)
{
    TUM_AUTO(tum_freep) char *got = value(name, params, context);

    ck_assert_msg(strstr(got, want) != NULL, "%s%s: got %s, want %s", name, params, got,
                  want);
}

/* ---- the contract ---- */

static const struct {
    const char *name, *params, *want;
} calls[] = {
    {"echo", "[]", "[]"},
    {"echo", "[1, \"a\", null, [true]]", "[1, 'a', None, [True]]"},
    {"volts", "[]", "7"},
    {"odd", "[]", "?result['a'][3]: object of type set"},
    {"absent", "[]", "?there is no function 'absent'"},
    {"echo", "[1e400]", "[inf]"},
    {"leave", "[3]", "!exit status 3"},
    {"leave", "[0]", "!exit status 0"},
    {"die", "[9]", "!signal 9 (SIGKILL)"},
    {"die", "[11]", "!signal 11 (SIGSEGV)"},
    {"spoil", "[]", "!it closed its link"},
    {"close", "[]", "!it closed its link"},
};

START_TEST(outcomes)
{
    expect(calls[_i].name, calls[_i].params, tum_val_none(), calls[_i].want);
    /* A worker that died costs one call. */
    expect("echo", "[5]", tum_val_none(), "[5]");
}
END_TEST

START_TEST(own_workers_are_fresh)
{
    for (int i = 0; i < 4; i++)
        expect("count", "[]", tum_val_none(), "1");
}
END_TEST

START_TEST(contexts_keep_state)
{
    TUM_AUTO(tum_val_release) tum_val five = tum_val_str("5");

    expect("count", "[]", five, "1");
    expect("count", "[]", five, "2");
    expect("count", "[]", tum_val_int(5), "1");
    expect("count", "[]", tum_val_none(), "1");
    expect("count", "[]", five, "3");
}
END_TEST

START_TEST(contexts_begin_anew)
{
    TUM_AUTO(tum_val_release) tum_val bench = tum_val_str("bench");

    expect("count", "[]", bench, "1");
    expect("leave", "[4]", bench, "!exit status 4");
    ck_assert_uint_eq(host.warnings.len, 0);
    expect("count", "[]", bench, "1");
    ck_assert_msg(strstr(host.warnings.s, "context 'bench' ended (exit status 4)") !=
                      NULL,
                  "%s", host.warnings.s);
}
END_TEST

START_TEST(output_is_complete)
{
    struct tum_pool_result result;

    ck_assert_int_eq(call("say", "[]", tum_val_none(), NULL, &result),
                     TUM_POOL_REPLIED);
    tum_pool_result_release(&result);
    ck_assert_msg(strstr(host.out.s, "said\n") != NULL, "%s", host.out.s);
    ck_assert_msg(strstr(host.out.s, "[py_func] raw\n") != NULL, "%s", host.out.s);
}
END_TEST

START_TEST(holders_are_named)
{
    TUM_AUTO(tum_val_release) tum_val bench = tum_val_str("bench");
    struct tum_pool_bounds bounds = {.ready = 1, .max = 1, .wait = 0};

    tum_pool_set_bounds(pool, &bounds);
    expect("count", "[]", bench, "1");
    expect("echo", "[]", tum_val_none(), "context 'bench' (begun by count)");
    expect("count", "[]", bench, "2");
}
END_TEST

/* Who sets a stop when the function has told that it runs. */
struct stopper {
    struct tum_stop *stop;
    char *path;
    int worker, child;
    tum_time at;
};

static void *stop_later(void *arg)
{
    struct stopper *s = arg;
    FILE *told = NULL;

    while (told == NULL || fscanf(told, "%d %d", &s->worker, &s->child) != 2) {
        if (told != NULL)
            fclose(told);
        tum_wait(NULL, -1, 0, tum_now() + 2 * TUM_MS);
        told = fopen(s->path, "re");
    }
    fclose(told);
    s->at = tum_now();
    tum_stop_request(s->stop, TUM_STOP_USER);
    return NULL;
}

static bool is_gone(int pid)
{
    tum_time until = tum_now() + 5 * TUM_SECOND;

    while (kill(pid, 0) == 0 || errno != ESRCH) {
        if (tum_now() > until)
            return false;
        tum_wait(NULL, -1, 0, tum_now() + 2 * TUM_MS);
    }
    return true;
}

/* A call that is stopped, and nothing of it is left. True: all that it wrote came. */
static bool stop_once(tum_val context)
{
    struct stopper s = {.stop = tum_stop_new(NULL),
                        .path = tum_asprintf("%s/told", folder)};
    TUM_AUTO(tum_freep) char *params = tum_asprintf("[\"%s\"]", s.path);
    struct tum_pool_result result;
    pthread_t thread;

    tum_buf_reset(&host.out);
    pthread_create(&thread, NULL, stop_later, &s);
    ck_assert_int_eq(call("sleep", params, context, s.stop, &result), TUM_POOL_STOPPED);
    pthread_join(thread, NULL);
    tum_pool_result_release(&result);
    ck_assert(is_gone(s.worker));
    ck_assert(is_gone(s.child));
    unlink(s.path);
    tum_stop_unref(s.stop);
    tum_free(s.path);
    return strstr(host.out.s, "in sleep") != NULL;
}

START_TEST(stop_ends_the_tree)
{
    TUM_AUTO(tum_val_release) tum_val bench = tum_val_str("bench");
    int tries = 50;

    /* It is given little time to say where it was, and a busy machine takes that. */
    while (!stop_once(_i == 0 ? tum_val_none() : bench) && --tries > 0)
        ;
    ck_assert_msg(tries > 0, "%s", host.out.s);
    if (_i == 1) {
        expect("count", "[]", bench, "1");
        ck_assert(strstr(host.warnings.s, "it was stopped") != NULL);
    }
}
END_TEST

START_TEST(new_environment_is_seen)
{
    expect("echo", "[]", tum_val_none(), "[]");
    host.env_pythonpath = tum_strdup("/unit/one");
    expect("path", "[]", tum_val_none(), ":/unit/one");
    tum_free(host.env_pythonpath);
    host.env_pythonpath = tum_strdup("/unit/two");
    expect("path", "[]", tum_val_none(), ":/unit/two");
}
END_TEST

static const struct {
    const char *python, *warning;
} interpreters[] = {
    {"/bin/false", "python_bin '/bin/false' is not usable: exit status 1"},
    {"/no/such/python", "python_bin '/no/such/python' is not usable: there is no such"},
    {"/etc/passwd", "python_bin '/etc/passwd' is not usable: it may not be"},
};

START_TEST(wrong_interpreters_are_named)
{
    tum_free(host.python_bin);
    host.python_bin = tum_strdup(interpreters[_i].python);
    expect("echo", "[1]", tum_val_none(), "[1]");
    ck_assert_msg(strstr(host.warnings.s, interpreters[_i].warning) != NULL, "%s",
                  host.warnings.s);
}
END_TEST

START_TEST(no_descriptor_leaks)
{
    int before, after, fd;

    expect("echo", "[1]", tum_val_none(), "[1]");
    fd = dup(0);
    before = fd;
    close(fd);
    for (int i = 0; i < 30; i++)
        expect(i % 3 == 0 ? "leave" : "echo", "[1]", tum_val_none(),
               i % 3 == 0 ? "!exit" : "[1]");
    tum_pool_free(pool);
    pool = NULL;
    fd = dup(0);
    after = fd;
    close(fd);
    ck_assert_int_le(after, before);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_loop_test(t, outcomes, 0, TUM_LEN(calls));
    tcase_add_test(t, own_workers_are_fresh);
    tcase_add_test(t, contexts_keep_state);
    tcase_add_test(t, contexts_begin_anew);
    tcase_add_test(t, output_is_complete);
    tcase_add_test(t, holders_are_named);
    tcase_add_loop_test(t, stop_ends_the_tree, 0, 2);
    tcase_add_test(t, new_environment_is_seen);
    tcase_add_loop_test(t, wrong_interpreters_are_named, 0, TUM_LEN(interpreters));
    tcase_add_test(t, no_descriptor_leaks);
}

UNIT_MAIN("pool", add)
