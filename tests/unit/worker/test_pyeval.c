/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Expressions in a real interpreter: UNIT_PYTHON names it, else python3. What Python
 * itself gives is not tested here; what crosses, what is seen, and what happens when
 * the worker ends is.
 */
#include "base/strmap.h"
#include "tum/mem.h"
#include "tum/proc.h"
#include "unit.h"
#include "worker/pyeval.h"
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- a host ---- */

struct host {
    struct tum_worker_host api;
    struct tum_python_config config; /* copied at each start */
    bool refuse;
    pthread_t thread; /* that evaluates; callbacks must come in it */
    struct tum_strmap *vars;
    struct tum_buf out, warnings;
    char *python;
    int starts;
    int64_t ticks;
};

static char *copy(const char *text)
{
    return text != NULL ? tum_strdup(text) : NULL;
}

static char **copy_list(char **list)
{
    char **to = tum_new_array(char *, 8);

    for (size_t i = 0; list != NULL && list[i] != NULL; i++)
        to[i] = tum_strdup(list[i]);
    return to;
}

static bool host_configure(void *ctx, struct tum_python_config *ret,
                           struct tum_error **err)
{
    struct host *h = ctx;

    ck_assert(pthread_equal(h->thread, pthread_self()));
    if (h->refuse)
        return tum_fail(err, TUM_ERROR_TYPE, "python_env is no mapping");
    *ret = h->config;
    ret->python_bin = copy(h->config.python_bin);
    ret->directory = copy(h->config.directory);
    ret->env_path = copy(h->config.env_path);
    ret->env_pythonpath = copy(h->config.env_pythonpath);
    ret->path = copy_list(h->config.path);
    ret->env = copy_list(h->config.env);
    return true;
}

static void host_started(void *ctx, const char *python)
{
    struct host *h = ctx;

    h->starts++;
    tum_free(h->python);
    h->python = tum_strdup(python);
}

static void host_warn(void *ctx, const char *text)
{
    tum_buf_addf(&((struct host *)ctx)->warnings, "%s\n", text);
}

static bool host_get(void *ctx, struct tum_str name, tum_val *ret)
{
    struct host *h = ctx;
    tum_val *v = tum_strmap_get(h->vars, name);

    ck_assert(pthread_equal(h->thread, pthread_self()));
    if (v == NULL)
        return false;
    *ret = tum_val_ref(*v);
    return true;
}

static void drop(tum_val *v)
{
    if (v != NULL)
        tum_val_unref(*v);
    tum_free(v);
}

static void host_set(void *ctx, struct tum_str name, tum_val take)
{
    struct host *h = ctx;
    tum_val *v = tum_new(tum_val);

    *v = take;
    drop(tum_strmap_set(h->vars, name, v));
}

static void host_del(void *ctx, struct tum_str name)
{
    struct host *h = ctx;

    drop(tum_strmap_remove(h->vars, name));
}

static void host_output(void *ctx, struct tum_str bytes)
{
    struct host *h = ctx;

    ck_assert(pthread_equal(h->thread, pthread_self()));
    tum_buf_addt(&h->out, bytes);
}

static int64_t host_ticks(void *ctx)
{
    return ((struct host *)ctx)->ticks;
}

static void host_reset_ticks(void *ctx)
{
    ((struct host *)ctx)->ticks = 0;
}

static void host_init(struct host *h)
{
    *h = (struct host){.api = {.ctx = h,
                               .configure = host_configure,
                               .started = host_started,
                               .warn = host_warn,
                               .get = host_get,
                               .set = host_set,
                               .del = host_del,
                               .output = host_output,
                               .ticks = host_ticks,
                               .reset_ticks = host_reset_ticks},
                       .config = {.python_bin = getenv("UNIT_PYTHON")},
                       .thread = pthread_self(),
                       .vars = tum_strmap_new(),
                       .ticks = 12345};
    tum_buf_init(&h->out, TUM_BUF_ANY);
    tum_buf_init(&h->warnings, TUM_BUF_ANY);
}

static void host_release(struct host *h)
{
    struct tum_str key;
    size_t cursor = 0;
    void *v;

    while (tum_strmap_next(h->vars, &cursor, &key, &v))
        drop(v);
    tum_strmap_free(h->vars);
    tum_buf_release(&h->out);
    tum_buf_release(&h->warnings);
    tum_free(h->python);
}

/* ---- one worker for most tests ---- */

static struct tum_pyeval *pyeval;
static struct host host;

static void setup(void)
{
    signal(SIGPIPE, SIG_IGN);
    tum_guardian_set_program(UNIT_GUARDIAN);
    pyeval = tum_pyeval_new(&(struct tum_pyeval_opts){.main_dir = "/opt/tum"});
    host_init(&host);
}

static void teardown(void)
{
    tum_pyeval_free(pyeval);
    host_release(&host);
}

/* "repr" of a value, "!Type: text" of an exception, "?text" of other outcomes. */
static char *outcome_of(struct tum_pyeval *p, struct host *h, struct tum_str text,
                        struct tum_stop *stop)
{
    struct tum_pyeval_result r;
    char *shown = NULL;

    switch (tum_pyeval_eval(p, text, 0, &h->api, stop, &r)) {
    case TUM_PYEVAL_VALUE:
        shown = tum_val_to_repr(r.value);
        break;
    case TUM_PYEVAL_RAISED:
        shown = tum_asprintf("!%s: %s", r.type, r.text);
        break;
    case TUM_PYEVAL_UNAVAILABLE:
    case TUM_PYEVAL_LOST:
        shown = tum_asprintf("?%s", r.text);
        break;
    case TUM_PYEVAL_STOPPED:
        shown = tum_strdup("stopped");
        break;
    }
    tum_pyeval_result_release(&r);
    return shown;
}

static void expect(const char *text, const char *want)
{
    char *got = outcome_of(pyeval, &host, tum_str_of(text), NULL);

    ck_assert_msg(strcmp(got, want) == 0, "%.200s: got %.300s, want %.300s", text, got,
                  want);
    tum_free(got);
}

/* For messages that differ between versions of Python. */
static void expect_start(const char *text, const char *want)
{
    char *got = outcome_of(pyeval, &host, tum_str_of(text), NULL);

    ck_assert_msg(strncmp(got, want, strlen(want)) == 0, "%s: got %.300s, want %s…",
                  text, got, want);
    tum_free(got);
}

/* ---- what crosses ---- */

static const char *const values[][2] = {
    {"None", "None"},
    {"True", "True"},
    {"-0.0", "-0.0"},
    {"1e22", "1e+22"},
    {"0.1", "0.1"},
    {"5e-324", "5e-324"},
    {"float('nan')", "nan"},
    {"[float('inf'), -float('inf')]", "[inf, -inf]"},
    {"2**63 - 1", "9223372036854775807"},
    {"2**63", "9223372036854775808"},
    {"-2**200", "-1606938044258990275541962092341162602522202993782792835301376"},
    {"'text'", "'text'"},
    {"'a\\0b'", "'a\\x00b'"},
    {"'\\u20ac \\U0001f600'", "'\xe2\x82\xac \xf0\x9f\x98\x80'"},
    {"'\\udc80x\\ud800'", "'\\udc80x\\ud800'"},
    {"(1, [2.0, ('a',)])", "[1, [2.0, ['a']]]"},
    {"[[], {}, ()]", "[[], {}, []]"},
    {"{1: 'a', 1.5: 'b', True: 'c', None: 'd'}", "{'1': 'c', '1.5': 'b', 'null': 'd'}"},
    {"{False: 0, 'false': 1}", "{'false': 1}"},
    {"{float('inf'): 1, 10**30: 2}",
     "{'Infinity': 1, '1000000000000000000000000000000': 2}"},
    {"{'z': 1, 'a': 2}", "{'z': 1, 'a': 2}"},
    {"time.gmtime(0)", "[1970, 1, 1, 0, 0, 0, 3, 1, 0]"},
    {"__import__('collections').namedtuple('P', 'x y')(1, 2)", "[1, 2]"},
    {"__import__('collections').OrderedDict(a=1)", "{'a': 1}"},
    {"__import__('enum').IntEnum('E', 'A B').B", "2"},
    {"type('S', (str,), {})('sub')", "'sub'"},
    {"type('F', (float,), {'__repr__': lambda s: 'no'})(1.5)", "1.5"},
    {"{1, 2}", "!TypeError: result of type set is not a plain value"},
    {"[b'x']", "!TypeError: result of type bytes is not a plain value"},
    {"1j", "!TypeError: result of type complex is not a plain value"},
    {"range(3)", "!TypeError: result of type range is not a plain value"},
    {"{'a': {(1,): 2}}", "!TypeError: result of type tuple is not a plain value"},
    {"os", "!TypeError: result of type module is not a plain value"},
    {"re.search('a', 'a')", "!TypeError: result of type Match is not a plain value"},
    {"(x for x in [1])", "!TypeError: result of type generator is not a plain value"},
    {"[l.append(l) or l for l in [[]]]", "!TypeError: result holds itself"},
};

START_TEST(values_cross)
{
    for (size_t i = 0; i < TUM_LEN(values); i++)
        expect(values[i][0], values[i][1]);
    ck_assert_int_eq(host.starts, 1);
    ck_assert_str_eq(host.warnings.s, "");
}
END_TEST

/* Beyond what str() and json do without being asked. */
START_TEST(long_integers_cross)
{
    struct tum_pyeval_result r;
    char *digits;

    ck_assert_int_eq(
        tum_pyeval_eval(pyeval,
                        TUM_S("[10**20000 + 7, -(10**9999) - 3, {10**5000: 1}]"), 0,
                        &host.api, NULL, &r),
        TUM_PYEVAL_VALUE);
    digits = tum_val_to_str(tum_list_items(r.value)[0]);
    ck_assert_uint_eq(strlen(digits), 20001);
    ck_assert_int_eq(strspn(digits + 1, "0"), 19999);
    ck_assert_int_eq(digits[20000], '7');
    host_set(&host, TUM_S("n"), tum_val_ref(r.value));
    expect(
        "(lambda n: (n[0] == 10**20000 + 7, n[1] == -10**9999 - 3, len(list(n[2])[0])))"
        "(tm.gd('n'))",
        "[True, True, 5001]");
    tum_free(digits);
    tum_pyeval_result_release(&r);
}
END_TEST

static const struct {
    int depth;
    bool fits;
} depths[] = {{1, true},   {500, true},  {899, true},   {901, true},   {985, true},
              {998, true}, {1000, true}, {1001, false}, {1100, false}, {5000, false}};

START_TEST(depth_crosses)
{
    char text[200];

    snprintf(text, sizeof text,
             "(lambda f: f(f, %d))(lambda f, n: __import__('functools').reduce("
             "lambda v, _: [v], range(n), 'x'))",
             depths[_i].depth);
    if (!depths[_i].fits) {
        expect(text, "!TypeError: result nests deeper than 1000 levels");
        return;
    }
    struct tum_pyeval_result r;

    ck_assert_int_eq(tum_pyeval_eval(pyeval, tum_str_of(text), 0, &host.api, NULL, &r),
                     TUM_PYEVAL_VALUE);
    ck_assert_int_eq(r.value.depth, depths[_i].depth);
    /* And back, and there again. */
    host_set(&host, TUM_S("deep"), r.value);
    expect("tm.setgd('again', tm.gd('deep'))", "None");
    tum_val again = tum_val_none();

    ck_assert(host_get(&host, TUM_S("again"), &again));
    ck_assert_int_eq(again.depth, depths[_i].depth);
    tum_val_unref(again);
}
END_TEST

START_TEST(repr_before_conversion)
{
    static const char *const rows[][2] = {
        {"(1, 'a')", "(1, 'a')"}, {"{1, 2}", "{1, 2}"}, {"{1: b'x'}", "{1: b'x'}"}};

    for (size_t i = 0; i < TUM_LEN(rows); i++) {
        struct tum_pyeval_result r;
        enum tum_pyeval_outcome outcome = tum_pyeval_eval(
            pyeval, tum_str_of(rows[i][0]), TUM_PYEVAL_REPR, &host.api, NULL, &r);

        ck_assert_int_eq(outcome, i == 0 ? TUM_PYEVAL_VALUE : TUM_PYEVAL_RAISED);
        ck_assert_str_eq(r.repr, rows[i][1]);
        tum_pyeval_result_release(&r);
    }
}
END_TEST

/* ---- what is raised ---- */

static const char *const raising[][2] = {
    {"nope", "!NameError: name 'nope' is not defined"},
    {"1/0", "!ZeroDivisionError: division by zero"},
    {"{}['k']", "!KeyError: 'k'"},
    {"int('x')", "!ValueError: invalid literal for int() with base 10: 'x'"},
    {"sys.exit(3)", "!SystemExit: 3"},
    {"exec('raise KeyboardInterrupt')", "!KeyboardInterrupt: "},
    {"1 +", "!SyntaxError: "},
    {"x = 1", "!SyntaxError: "},
    {"", "!SyntaxError: "},
    {"\n 1", "!IndentationError: "},
    {"'\\ud800'.encode()", "!UnicodeEncodeError: "},
    {"exec('class E(Exception):\\n def __str__(s): 1/0\\nraise E')", "!E: "},
    {"(lambda f: f(f))(lambda f: f(f))", "!RecursionError: maximum recursion depth"},
    {"input()", "!EOFError: "},
    {"tm.gd()", "!TypeError: "},
    {"tm.gd(5)", "!ETUMRuntimeError: tm.gd: name must be text, not int"},
    {"tm.last_plot_value('p')",
     "!ETUMRuntimeError: tm.last_plot_value: there is no open plot 'p'"},
    {"value", "!NameError: "},
    {"self", "!NameError: "},
    {"link", "!NameError: "},
    {"__import__('tum_worker')", "!ModuleNotFoundError: "},
};

START_TEST(exceptions_cross)
{
    for (size_t i = 0; i < TUM_LEN(raising); i++)
        expect_start(raising[i][0], raising[i][1]);
    ck_assert_int_eq(host.starts, 1);
}
END_TEST

START_TEST(traceback_has_no_frame_of_ours)
{
    struct tum_pyeval_result r;

    tum_pyeval_eval(pyeval, TUM_S("json.loads('{')"), 0, &host.api, NULL, &r);
    ck_assert_ptr_nonnull(strstr(r.traceback, "<string>"));
    ck_assert_ptr_null(strstr(r.traceback, "<tum>"));
    tum_pyeval_result_release(&r);
}
END_TEST

/* ---- what is seen ---- */

START_TEST(names)
{
    static const char *const rows[][2] = {
        {"sorted(n for n in globals() if n != '__builtins__')",
         "['json', 'math', 'os', 'platform', 'random', 're', 'sys', 'time', 'tm']"},
        {"[len([1, 2]), max(3, 4), re.sub('a', 'b', 'aa')]", "[2, 4, 'bb']"},
        {"  1 + 1  # comment", "2"},
        {"\n\n3", "3"},
        {"(walrus := 5)", "5"},
        {"'walrus' in globals()", "False"},
        {"[f() for f in [lambda: i for i in range(3)]]", "[2, 2, 2]"},
        {"[tm.OS(), tm.text_mode(), tm.get_main_dir()]", "['Linux', True, '/opt/tum']"},
        {"[tm.timestamp(), tm.timestamp_as_sec(), tm.timestamp_as_sec(5000)]",
         "[12345, 1.2345, 0.5]"},
        {"[tm.init_timestamp(), tm.timestamp()]", "[None, 0]"},
        {"sys.argv", "['']"},
        {"[n for n in vars(__import__('__main__')) if not n.startswith('__')]", "[]"},
        {"[m for m in sys.modules if 'tum' in m]", "[]"},
        {"sorted(os.listdir('/proc/self/fd'), key=int)[:4]", "['0', '1', '2', '3']"},
        {"[sys.stdout.isatty(), sys.stdout.encoding, sys.stdout.fileno(), "
         "sys.stderr.fileno()]",
         "[False, 'utf-8', 1, 2]"},
    };

    for (size_t i = 0; i < TUM_LEN(rows); i++)
        expect(rows[i][0], rows[i][1]);
}
END_TEST

START_TEST(variables)
{
    static const char *const rows[][2] = {
        {"tm.gd('none')", "None"},
        {"tm.gd('none', 5)", "5"},
        {"tm.gd(None, 6)", "6"},
        {"tm.setgd('v', (1, {'a': 2}))", "None"},
        {"tm.gd('v')", "[1, {'a': 2}]"},
        {"tm.gd('v') is tm.gd('v')", "False"},
        {"tm.setgd('v', None)", "None"},
        {"tm.gd('v', 7)", "None"},
        {"tm.delgd('v')", "None"},
        {"tm.delgd('v')", "None"},
        {"tm.gd('v', 7)", "7"},
        /* What is not plain stays in the worker and hides the variable. */
        {"tm.setgd('v', 1)", "None"},
        {"tm.setgd('v', {1, 2})", "None"},
        {"tm.gd('v') is tm.gd('v') and tm.gd('v') == {1, 2}", "True"},
        {"tm.setgd('v', 3)", "None"},
        {"tm.gd('v')", "3"},
        {"tm.setgd('v', {1}) or tm.delgd('v') or tm.gd('v')", "None"},
        {"tm.setgd('\\u20ac', '\\u00e9') or tm.gd('\\u20ac')", "'\xc3\xa9'"},
        {"tm.setgd('s', ['\\\\ud800 \\U0001f600']) or tm.gd('s')",
         "['\\\\ud800 \xf0\x9f\x98\x80']"},
        {"tm.setgd('s', 'a\\ud800b') or tm.gd('s')", "'a\xef\xbf\xbd"
                                                     "b'"},
    };

    for (size_t i = 0; i < TUM_LEN(rows); i++)
        expect(rows[i][0], rows[i][1]);
    host_set(&host, TUM_S("bytes"), tum_val_bytes("x", 1));
    expect("tm.gd('bytes')",
           "!ETUMRuntimeError: tm.gd: its value of type bytes cannot be told");
}
END_TEST

START_TEST(path_and_environment)
{
    char folder[] = "/tmp/tum-unit-XXXXXX", file[64], want[200], link[64];
    char *path[] = {folder, (char *)(uintptr_t) "/extra", NULL};
    char *env[] = {(char *)(uintptr_t) "UNIT_MARK=here", NULL};
    FILE *f;

    setenv("PYTHONPATH", "/inherited", 1);
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(file, sizeof file, "%s/unit_beside.py", folder);
    f = fopen(file, "we");
    fputs("answer = 42\n", f);
    fclose(f);
    /* Must not be taken for the library's, by us or by the names that expressions
       see. */
    snprintf(link, sizeof link, "%s/random.py", folder);
    ck_assert_int_eq(symlink(file, link), 0);
    host.config.directory = folder;
    host.config.path = path;
    host.config.env = env;
    host.config.env_path = (char *)(uintptr_t) "/front";
    expect("__import__('unit_beside').answer", "42");
    expect("hasattr(random, 'seed')", "True");
    snprintf(want, sizeof want, "['%s', '/extra', '/inherited']", folder);
    expect("sys.path[:3]", want);
    snprintf(want, sizeof want, "'%s:/extra:/inherited'", folder);
    expect("os.environ['PYTHONPATH']", want);
    snprintf(want, sizeof want, "'%s'", folder);
    expect("os.getcwd()", want);
    expect("os.environ['UNIT_MARK']", "'here'");
    expect("'/front' in os.environ['PATH'].split(':')", "True");

    /* python_env replaces it; read at the next start. */
    tum_pyeval_free(pyeval);
    pyeval = tum_pyeval_new(&(struct tum_pyeval_opts){0});
    host.config.env_pythonpath = (char *)(uintptr_t) "/other";
    snprintf(want, sizeof want, "['%s', '/extra', '/other']", folder);
    expect("sys.path[:3]", want);
    expect("'/inherited' in sys.path", "False");
    unsetenv("PYTHONPATH");
    remove(link);
    remove(file);
    expect_start("__import__('shutil').rmtree(os.getcwd())", "None");
}
END_TEST

/* ---- what is printed ---- */

/* Characters in one print. */
#ifdef TUM_HOSTILE
#define LARGE "30000"
#else
#define LARGE "3000000"
#endif

static const char *const prints[][2] = {
    {"print('a', 1)", "a 1\n"},
    {"print('a', end='') or print('b')", "ab\n"},
    {"print('no end', end='')", "no end"},
    {"print('\\u20ac\\ud800')", "\xe2\x82\xac\xef\xbf\xbd\n"},
    {"sys.stderr.write('err\\n')", "err\n"},
    {"sys.stdout.buffer.write(b'\\xff\\x80ok\\n')", "\xff\x80ok\n"},
    {"[print('x'), os.system('echo shell'), None][2]", NULL},
    {"os.write(1, b'raw1\\n') + os.write(2, b'raw2\\n')", "raw1\nraw2\n"},
    {"sys.__stdout__.write('orig\\n')", "orig\n"},
    {"print('x' * " LARGE ")", NULL},
    {"print('before') or 1/0", "before\n"},
    {"[t.start() or t.join() for t in [__import__('threading').Thread(target=print, "
     "args=('thread',))]]",
     "thread\n"},
    {"sys.stdout.write(5)", ""},
    {"(os.fork() or (print('child', flush=True), os._exit(0))) and os.wait()[1]",
     "child\n"},
    {"input('prompt? ')", "prompt? "},
};

START_TEST(prints_go_to_the_asker)
{
    for (size_t i = 0; i < TUM_LEN(prints); i++) {
        tum_buf_reset(&host.out);
        tum_free(outcome_of(pyeval, &host, tum_str_of(prints[i][0]), NULL));
        if (prints[i][1] != NULL)
            ck_assert_msg(strcmp(host.out.s, prints[i][1]) == 0, "%s: %s", prints[i][0],
                          host.out.s);
        else if (strstr(prints[i][0], "shell") != NULL) /* two ways, in any order */
            ck_assert(strstr(host.out.s, "shell\n") && strstr(host.out.s, "x\n"));
        else
            ck_assert_uint_eq(host.out.len, (size_t)atoi(LARGE) + 1);
    }
    ck_assert_int_eq(host.starts, 1);
}
END_TEST

/* ---- state, death, stop ---- */

START_TEST(state_lives_on)
{
    expect("tm.OS() and setattr(os, 'mine', 5)", "None");
    expect("os.mine", "5");
    expect("os.environ.setdefault('UNIT', 'x')", "'x'");
    expect("os.environ['UNIT']", "'x'");
    expect(
        "[random.seed(1), random.random() == (random.seed(1), random.random())[1]][1]",
        "True");
    ck_assert_int_eq(host.starts, 1);
}
END_TEST

static const char *const deaths[][2] = {
    {"os._exit(7)", "?the Python worker ended (exit status 7)"},
    {"os.kill(os.getpid(), 9)", "?the Python worker ended (signal 9 (SIGKILL))"},
    {"os.abort()", "?the Python worker ended (signal 6 (SIGABRT))"},
    {"os.closerange(3, 256)", "?the Python worker ended (exit status 0)"},
    {"[print('last'), os._exit(1)]", "?the Python worker ended (exit status 1)"},
};

START_TEST(death_fails_what_runs)
{
    char want[200];

    expect("setattr(os, 'mine', 5)", "None");
    expect(deaths[_i][0], deaths[_i][1]);
    ck_assert_str_eq(host.warnings.s, "");
    ck_assert(tum_pyeval_started(pyeval));
    ck_assert(tum_pyeval_patched(pyeval));
    expect("hasattr(os, 'mine')", "False");
    ck_assert(!tum_pyeval_patched(pyeval)); /* a new worker */
    snprintf(
        want, sizeof want,
        "the Python worker of expressions ended %s; a new one without its state goes "
        "on\n",
        strchr(deaths[_i][1], '('));
    ck_assert_str_eq(host.warnings.s, want);
    expect("1", "1");
    ck_assert_str_eq(host.warnings.s, want); /* said once */
    ck_assert_int_eq(host.starts, 2);
    ck_assert_str_eq(host.out.s, strstr(deaths[_i][0], "last") ? "last\n" : "");
}
END_TEST

START_TEST(death_between_evaluations)
{
    expect("__import__('subprocess').Popen(['/bin/sh', '-c', 'sleep 0.1; kill -9 '"
           " + str(os.getpid())]).pid > 0",
           "True");
    tum_wait(NULL, -1, 0, tum_now() + 400 * TUM_MS);
    expect("1 + 1", "2");
    ck_assert_ptr_nonnull(strstr(host.warnings.s, "SIGKILL"));
}
END_TEST

static void *stop_main(void *arg)
{
    tum_wait(NULL, -1, 0, tum_now() + 100 * TUM_MS);
    tum_stop_request(arg, TUM_STOP_USER);
    return NULL;
}

static const char *const long_ones[] = {
    "time.sleep(1000)",
    "[None for _ in iter(int, 1)]",
    "(lambda f: f(f))(lambda f: [tm.gd('x') for _ in iter(int, 1)])",
    /* Holds the interpreter's lock: the worker answers nobody. */
    "re.match('(a+)+$', 'a' * 60 + 'b')",
};

START_TEST(stop_abandons)
{
    struct tum_stop *stop = tum_stop_new(NULL);
    pthread_t thread;
    char *got;

    expect("setattr(os, 'mine', 5)", "None");
    pthread_create(&thread, NULL, stop_main, stop);
    got = outcome_of(pyeval, &host, tum_str_of(long_ones[_i]), stop);
    pthread_join(thread, NULL);
    ck_assert_str_eq(got, "stopped");
    tum_free(got);
    if (_i != 3) {
        expect("os.mine", "5"); /* the worker and its state are still there */
        ck_assert_int_eq(host.starts, 1);
    }
    tum_stop_unref(stop);
}
END_TEST

START_TEST(late_answer_is_dropped)
{
    struct tum_stop *stop = tum_stop_new(NULL);

    expect("1", "1");
    tum_stop_set_deadline(stop, tum_now() + 50 * TUM_MS);
    tum_free(outcome_of(pyeval, &host,
                        TUM_S("[time.sleep(0.2), print('late'), tm.setgd('late', 1)]"),
                        stop));
    expect("[time.sleep(0.4), tm.gd('late', 'not set')][1]", "'not set'");
    ck_assert_str_eq(host.out.s, "");
    tum_stop_unref(stop);
}
END_TEST

/* ---- which interpreter ---- */

START_TEST(interpreter_is_published)
{
    expect("1", "1");
    ck_assert_ptr_nonnull(host.python);
    ck_assert_int_eq(host.python[0], '/');
    ck_assert_int_eq(access(host.python, X_OK), 0);
}
END_TEST

START_TEST(not_started_before_it_is_needed)
{
    ck_assert(!tum_pyeval_started(pyeval));
    host.refuse = true;
    expect("1", "?python_env is no mapping");
    ck_assert(!tum_pyeval_started(pyeval));
    host.refuse = false;
    expect("1", "1");
    ck_assert(tum_pyeval_started(pyeval));
}
END_TEST

static const char *const unusable[][2] = {
    {"/no/such/python", "python_bin '/no/such/python' is not usable: there is no such "
                        "program\n"},
    {"no-such-python",
     "python_bin 'no-such-python' is not usable: there is no such program\n"},
    {"/bin/false", "python_bin '/bin/false' is not usable: exit status 1\n"},
    {"/bin/true", "python_bin '/bin/true' is not usable: exit status 0\n"},
};

START_TEST(unusable_interpreter_is_warned_about)
{
    host.config.python_bin = (char *)(uintptr_t)unusable[_i][0];
    expect("1 + 1", "2");
    ck_assert_str_eq(host.warnings.s, unusable[_i][1]);
    ck_assert_str_ne(host.python, unusable[_i][0]);
}
END_TEST

START_TEST(no_interpreter)
{
    char *path = tum_strdup(getenv("PATH"));

    host.config.python_bin = NULL;
    setenv("PATH", "/no/such/folder", 1);
    expect("1",
           "?no Python 3 interpreter was found; set python_bin, or install python3");
    host.config.python_bin = (char *)(uintptr_t) "/bin/false";
    expect("1", "?no usable Python 3 interpreter (set python_bin): '/bin/false': exit "
                "status 1");
    ck_assert(!host.starts);
    setenv("PATH", path, 1);
    tum_free(path);
}
END_TEST

START_TEST(start_takes_too_long)
{
    char path[] = "/tmp/tum-unit-XXXXXX";
    int fd = mkstemp(path);

    ck_assert_int_gt(dprintf(fd, "#!/bin/sh\nexec sleep 100\n"), 0);
    fchmod(fd, 0700);
    close(fd);
    host.config.python_bin = path;
    host.config.start_timeout = 300 * TUM_MS;
    /* The next one has its own time. */
    tum_free(outcome_of(pyeval, &host, TUM_S("1"), NULL));
    ck_assert_ptr_nonnull(strstr(host.warnings.s, "was not ready in time"));
    unlink(path);
}
END_TEST

/* ---- many threads ---- */

struct asker {
    pthread_t thread;
    struct tum_pyeval *pyeval;
    int number, rounds, wrong;
    const char *text, *want;
};

static void *asker_main(void *arg)
{
    struct asker *a = arg;
    struct host h;

    host_init(&h);
    for (int i = 0; i < a->rounds; i++) {
        char text[300], want[100], printed[100], *got;

        snprintf(text, sizeof text, a->text, a->number, i, a->number, i);
        snprintf(want, sizeof want, a->want, a->number, i);
        snprintf(printed, sizeof printed, "out %d %d\n", a->number, i);
        tum_buf_reset(&h.out);
        got = outcome_of(a->pyeval, &h, tum_str_of(text), NULL);
        if (strcmp(got, want) != 0 ||
            (strstr(text, "print") != NULL && strcmp(h.out.s, printed) != 0)) {
            fprintf(stderr, "# %s: %s, printed %s\n", text, got, h.out.s);
            a->wrong++;
        }
        tum_free(got);
    }
    host_release(&h);
    return NULL;
}

static void ask_all(size_t count, int rounds, const char *text, const char *want)
{
    struct asker askers[8];

    for (size_t i = 0; i < count; i++) {
        askers[i] = (struct asker){.pyeval = pyeval,
                                   .number = (int)i,
                                   .rounds = rounds,
                                   .text = text,
                                   .want = want};
        pthread_create(&askers[i].thread, NULL, asker_main, &askers[i]);
    }
    for (size_t i = 0; i < count; i++) {
        pthread_join(askers[i].thread, NULL);
        ck_assert_int_eq(askers[i].wrong, 0);
    }
}

START_TEST(eight_threads)
{
    ask_all(8, 60, "[tm.setgd('me', '%d.%d'), print('out', %d, %d), tm.gd('me')][2]",
            "'%d.%d'");
}
END_TEST

/* Three evaluations that can only end when all three run. */
START_TEST(evaluations_run_together)
{
    expect("setattr(os, 'gate', __import__('threading').Barrier(3, timeout=60))",
           "None");
    ask_all(3, 5, "os.gate.wait() * '' or '%d.%d'", "'%d.%d'");
}
END_TEST

START_TEST(sleeps_run_together)
{
    tum_time begin;

    expect("1", "1");
    begin = tum_now();
    ask_all(3, 1, "time.sleep(1) or '%d.%d'", "'%d.%d'");
    ck_assert(tum_now() - begin < 2 * TUM_SECOND);
}
END_TEST

START_TEST(leaves_nothing)
{
    struct tum_pyeval_result r;
    int64_t pid;

    ck_assert_int_eq(
        tum_pyeval_eval(pyeval,
                        TUM_S("__import__('subprocess').Popen(['sleep', '1000'], "
                              "start_new_session=True).pid"),
                        0, &host.api, NULL, &r),
        TUM_PYEVAL_VALUE);
    ck_assert(tum_val_to_int64(r.value, &pid));
    ck_assert_int_eq(kill((pid_t)pid, 0), 0);
    tum_pyeval_free(pyeval);
    pyeval = NULL;
    tum_guardian_close(5 * TUM_SECOND);
    ck_assert_int_ne(kill((pid_t)pid, 0), 0);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, values_cross);
    tcase_add_test(t, long_integers_cross);
    tcase_add_loop_test(t, depth_crosses, 0, TUM_LEN(depths));
    tcase_add_test(t, repr_before_conversion);
    tcase_add_test(t, exceptions_cross);
    tcase_add_test(t, traceback_has_no_frame_of_ours);
    tcase_add_test(t, names);
    tcase_add_test(t, variables);
    tcase_add_test(t, path_and_environment);
    tcase_add_test(t, prints_go_to_the_asker);
    tcase_add_test(t, state_lives_on);
    tcase_add_loop_test(t, death_fails_what_runs, 0, TUM_LEN(deaths));
    tcase_add_test(t, death_between_evaluations);
    tcase_add_loop_test(t, stop_abandons, 0, TUM_LEN(long_ones));
    tcase_add_test(t, late_answer_is_dropped);
    tcase_add_test(t, interpreter_is_published);
    tcase_add_test(t, not_started_before_it_is_needed);
    tcase_add_loop_test(t, unusable_interpreter_is_warned_about, 0, TUM_LEN(unusable));
    tcase_add_test(t, no_interpreter);
    tcase_add_test(t, start_takes_too_long);
    tcase_add_test(t, eight_threads);
    tcase_add_test(t, evaluations_run_together);
    tcase_add_test(t, sleeps_run_together);
    tcase_add_test(t, leaves_nothing);
}

UNIT_MAIN("pyeval", add)
