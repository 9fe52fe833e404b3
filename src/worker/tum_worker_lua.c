/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parent of Lua workers: a program of its own, linked with Lua. It makes a state
 * with the standard library and our script in it, and forks a child for each request
 * (schemas/worker.md). With the path of another interpreter as argument the children
 * run that one instead, and pass its messages on.
 *
 *     tum-lua [PROGRAM]        the link is descriptor 99
 *
 * It has one thread and runs no user code itself.
 */
#include "tum/mem.h"
#include "worker/embedded_lua.h"
#include "worker/luadecode.h"
#include <errno.h>
#include <fcntl.h>
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LINK          99
#define REQUEST_LIMIT 65536
#define FRAME_LIMIT   (64u << 20)
#define CHILDREN_MAX  4096
#define SPIN_TIME     100.0 /* microseconds; the reason is at that of rpc.c */
#define SPIN_PAUSE    8     /* waits made asleep after one in vain */
#define TO_LUA        98    /* of another interpreter */
#define FROM_LUA      99

/* ---- bytes ---- */

static bool read_all(int fd, char *to, size_t size)
{
    while (size > 0) {
        ssize_t n = read(fd, to, size);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        to += n;
        size -= (size_t)n;
    }
    return true;
}

static bool write_all(int fd, const char *from, size_t size)
{
    while (size > 0) {
        ssize_t n = write(fd, from, size);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        from += n;
        size -= (size_t)n;
    }
    return true;
}

static uint32_t frame_size(const unsigned char head[4])
{
    return (uint32_t)head[0] << 24 | (uint32_t)head[1] << 16 | (uint32_t)head[2] << 8 |
           (uint32_t)head[3];
}

/* ---- the link, seen from Lua ---- */

static int worker_link = -1;
static bool spins; /* there is more than one processor */

/* What was read and not taken yet: most messages come with one read. */
static char unread[65536];
static size_t unread_from, unread_to;

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/*
 * Waits for something to read. Being woken takes longer than a short function: the next
 * call is looked for a moment before the process sleeps, as long as that goes well.
 */
static void await_bytes(void)
{
    static bool quick;
    static unsigned pause;
    double start, waited;
    char byte;

    if (pause > 0)
        pause--;
    if (!spins || pause > 0)
        return;
    start = now();
    do {
        if (recv(worker_link, &byte, 1, MSG_PEEK | (quick ? MSG_DONTWAIT : 0)) >= 0 ||
            errno != EAGAIN)
            break;
    } while (now() - start < SPIN_TIME);
    waited = now() - start;
    if (quick && waited >= SPIN_TIME)
        pause = SPIN_PAUSE;
    quick = waited < (quick ? SPIN_TIME : 2 * SPIN_TIME);
}

static void take_bytes(char *to, size_t size)
{
    while (size > 0) {
        size_t have = unread_to - unread_from;

        if (have == 0) {
            await_bytes();
            ssize_t n = size >= sizeof unread
                            ? read(worker_link, to, size)
                            : read(worker_link, unread, sizeof unread);

            if (n < 0 && errno == EINTR)
                continue;
            if (n <= 0)
                _exit(0);
            if (size >= sizeof unread) {
                to += n;
                size -= (size_t)n;
            } else {
                unread_from = 0;
                unread_to = (size_t)n;
            }
            continue;
        }
        have = have < size ? have : size;
        memcpy(to, unread + unread_from, have);
        unread_from += have;
        to += have;
        size -= have;
    }
}

static int link_read(lua_State *lua)
{
    unsigned char head[4];
    luaL_Buffer buffer;
    uint32_t size;

    take_bytes((char *)head, sizeof head);
    size = frame_size(head);
    if (size == 0 || size > FRAME_LIMIT)
        _exit(0);
    take_bytes(luaL_buffinitsize(lua, &buffer, size), size);
    luaL_pushresultsize(&buffer, size);
    return 1;
}

static int link_write(lua_State *lua)
{
    size_t size;
    const char *text = luaL_checklstring(lua, 1, &size);
    char small[4096];

    if (size > FRAME_LIMIT)
        return luaL_error(lua, "message of more than 64 MiB");
    small[0] = (char)(size >> 24);
    small[1] = (char)(size >> 16);
    small[2] = (char)(size >> 8);
    small[3] = (char)size;
    if (size + 4 <= sizeof small) {
        memcpy(small + 4, text, size);
        if (!write_all(worker_link, small, size + 4))
            _exit(0);
    } else if (!write_all(worker_link, small, 4) ||
               !write_all(worker_link, text, size)) {
        _exit(0);
    }
    return 0;
}

/* Children of one state would all draw the same numbers. */
static void seed(lua_State *lua)
{
    lua_Integer seeds[2] = {0, 0};

    if (getrandom(seeds, sizeof seeds, 0) < 0)
        seeds[0] = (lua_Integer)getpid();
    lua_getglobal(lua, "math");
    lua_getfield(lua, -1, "randomseed");
    lua_pushinteger(lua, seeds[0]);
    lua_pushinteger(lua, seeds[1]);
    lua_call(lua, 2, 0);
    lua_pop(lua, 1);
}

static lua_State *make_state(void)
{
    lua_State *lua = luaL_newstate();

    if (lua == NULL)
        return NULL;
    luaL_openlibs(lua);
    if (luaL_loadbuffer(lua, tum_worker_lua, tum_worker_lua_size, "=tum") != LUA_OK ||
        lua_pcall(lua, 0, 1, 0) != LUA_OK) {
        dprintf(2, "tum-lua: %s\n", lua_tostring(lua, -1));
        return NULL;
    }
    return lua;
}

static void serve_here(lua_State *lua, bool keep)
{
    cpu_set_t set;

    spins = sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 1;
    seed(lua);
    lua_newtable(lua);
    lua_pushcfunction(lua, link_read);
    lua_setfield(lua, -2, "read");
    lua_pushcfunction(lua, link_write);
    lua_setfield(lua, -2, "write");
    lua_pushcfunction(lua, tum_lua_decode);
    lua_setfield(lua, -2, "decode");
    lua_pushlightuserdata(lua, NULL);
    lua_setfield(lua, -2, "null");
    lua_pushboolean(lua, keep);
    if (lua_pcall(lua, 2, 0, 0) != LUA_OK)
        dprintf(2, "%s\n", lua_tostring(lua, -1));
    fflush(NULL);
}

/* ---- another interpreter ---- */

static void run_program(const char *program, bool keep, int in, int out)
{
    /* Loaded under the name by which our frames are known. */
    static const char begin[] = "assert((loadstring or load)([=====[\n";
    static const char end[] = "\nserve(nil, true)\n]=====], '=tum'))()\n";
    static const char end_once[] = "\nserve(nil, false)\n]=====], '=tum'))()\n";
    const char *last = keep ? end : end_once;
    size_t size = tum_worker_lua_source_size, at = strlen(begin);
    char *script = tum_alloc(at + size + sizeof end_once);
    char name[] = "-e";
    char *argv[] = {NULL, name, script, NULL};

    memcpy(script, begin, at);
    memcpy(script + at, tum_worker_lua, size);
    memcpy(script + at + size, last, strlen(last) + 1);
    argv[0] = tum_strdup(program);
    if (dup2(in, TO_LUA) < 0 || dup2(out, FROM_LUA) < 0)
        _exit(1);
    execv(program, argv);
    dprintf(2, "%s: %s\n", program, "cannot be executed");
    _exit(127);
}

/* Passes what is there on; false: there will be no more. */
static bool pass(int from, int to)
{
    char bytes[65536];
    ssize_t n = read(from, bytes, sizeof bytes);

    return (n < 0 && errno == EINTR) || (n > 0 && write_all(to, bytes, (size_t)n));
}

/* The end of the interpreter becomes ours. What it said before is passed on; a process
   that it left behind may hold its end of the pipe for as long as it likes. */
static void end_as(pid_t child, int from)
{
    int status = 0;

    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    fcntl(from, F_SETFL, O_NONBLOCK);
    while (pass(from, worker_link))
        ;
    if (WIFSIGNALED(status)) {
        signal(WTERMSIG(status), SIG_DFL);
        raise(WTERMSIG(status));
    }
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

static void serve_there(const char *program, bool keep)
{
    int to[2], from[2], end;
    pid_t child;

    if (pipe2(to, O_CLOEXEC) != 0 || pipe2(from, O_CLOEXEC) != 0)
        _exit(1);
    child = fork();
    if (child < 0)
        _exit(1);
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        run_program(program, keep, to[0], from[1]);
    }
    close(to[0]);
    close(from[1]);
    end = pidfd_open(child, 0); /* without it the end of the pipe must do */
    for (;;) {
        struct pollfd fds[3] = {{.fd = worker_link, .events = POLLIN},
                                {.fd = from[0], .events = POLLIN},
                                {.fd = end, .events = POLLIN}};

        if (poll(fds, 3, -1) < 0)
            continue;
        if (fds[2].revents != 0 || (fds[1].revents != 0 && !pass(from[0], worker_link)))
            end_as(child, from[0]);
        if (fds[0].revents != 0 && !pass(worker_link, to[1])) {
            close(to[1]);
            end_as(child, from[0]);
        }
    }
}

/* ---- the parent ---- */

static struct {
    pid_t pid;
    int status; /* pipe through which its end is told */
} children[CHILDREN_MAX];
static size_t child_count;

static void say(int fd, const char *fmt, long number)
{
    char text[32];
    int n = snprintf(text, sizeof text, fmt, number);

    if (!write_all(fd, text, (size_t)n))
        return; /* nobody is interested any more */
}

static void be_worker(lua_State *lua, const char *program, const char *request,
                      const int fds[3], int signals)
{
    bool keep = strstr(request, "\"keep\": true") != NULL;
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    close(LINK);
    close(signals);
    close(fds[2]);
    for (size_t i = 0; i < child_count; i++)
        close(children[i].status);
    dup2(fds[1], 1);
    dup2(fds[1], 2);
    close(fds[1]);
    setpgid(0, 0);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    worker_link = fds[0];
    if (program != NULL)
        serve_there(program, keep);
    else
        serve_here(lua, keep);
    _exit(1);
}

static void fork_worker(lua_State *lua, const char *program, const char *request,
                        const int fds[3], int signals)
{
    pid_t pid = child_count < CHILDREN_MAX ? fork() : -1;

    if (pid == 0)
        be_worker(lua, program, request, fds, signals);
    close(fds[0]);
    close(fds[1]);
    if (pid < 0) {
        say(fds[2], "Eerrno %ld\n", errno);
        close(fds[2]);
        return;
    }
    children[child_count].pid = pid;
    children[child_count].status = fds[2];
    child_count++;
    say(fds[2], "P%ld\n", (long)pid);
}

static void reap(void)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        for (size_t i = 0; i < child_count; i++)
            if (children[i].pid == pid) {
                say(children[i].status, "S%ld\n", (long)status);
                close(children[i].status);
                children[i] = children[--child_count];
                break;
            }
}

/* False: there will be no more requests. */
static bool serve_request(lua_State *lua, const char *program, int signals)
{
    static char bytes[REQUEST_LIMIT + 1];
    union {
        char bytes[CMSG_SPACE(3 * sizeof(int))];
        struct cmsghdr align;
    } control;
    struct iovec part = {.iov_base = bytes, .iov_len = REQUEST_LIMIT};
    struct msghdr message = {
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = control.bytes,
        .msg_controllen = sizeof control.bytes,
    };
    ssize_t n = recvmsg(LINK, &message, MSG_CMSG_CLOEXEC);
    struct cmsghdr *extra;
    int fds[3];

    if (n < 0 && errno == EINTR)
        return true;
    if (n <= 4)
        return false;
    bytes[n] = '\0';
    extra = CMSG_FIRSTHDR(&message);
    if (extra == NULL || extra->cmsg_type != SCM_RIGHTS ||
        extra->cmsg_len != CMSG_LEN(sizeof fds))
        return true;
    memcpy(fds, CMSG_DATA(extra), sizeof fds);
    fork_worker(lua, program, bytes + 4, fds, signals);
    return true;
}

/* What it says is for later versions: all of it must be read. */
static bool read_setup(void)
{
    unsigned char head[4];
    char bytes[4096];
    uint32_t size;

    if (!read_all(LINK, (char *)head, sizeof head))
        return false;
    for (size = frame_size(head); size > 0;) {
        uint32_t n = size < sizeof bytes ? size : (uint32_t)sizeof bytes;

        if (!read_all(LINK, bytes, n))
            return false;
        size -= n;
    }
    return true;
}

int main(int argc, char **argv)
{
    const char *program = argc > 1 ? argv[1] : NULL;
    lua_State *lua = program == NULL ? make_state() : NULL;
    bool open = true;
    sigset_t set;
    int signals;

    if ((program == NULL && lua == NULL) || fcntl(LINK, F_SETFD, FD_CLOEXEC) != 0 ||
        !read_setup())
        return 1;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    while (open || child_count > 0) {
        struct pollfd fds[2] = {{.fd = open ? LINK : -1, .events = POLLIN},
                                {.fd = signals, .events = POLLIN}};
        struct signalfd_siginfo info;

        if (poll(fds, 2, -1) < 0)
            continue;
        while (read(signals, &info, sizeof info) > 0)
            ;
        reap();
        if (fds[0].revents != 0)
            open = serve_request(lua, program, signals);
    }
    if (lua != NULL)
        lua_close(lua);
    return 0;
}
