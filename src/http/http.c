/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP through libcurl's multi interface: curl says which descriptors and how long, the
 * waiting is ours, so that a stop works during a transfer.
 *
 * The library is opened when the first request is made: it brings thirty others, whose
 * loading would cost every campaign more than the campaign itself.
 */
#include "tum/http.h"

#include "tum/mem.h"
#include <dlfcn.h>
#include <poll.h>
#include <pthread.h>
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#define LIBRARY         "libcurl.so.4"
#define DEFAULT_TIMEOUT (5 * TUM_SECOND)
#define SOCKETS_LIMIT   16

/* What is used of the library; filled once. */
#define CURL_FUNCTIONS(X)                                                              \
    X(curl_easy_cleanup)                                                               \
    X(curl_easy_getinfo)                                                               \
    X(curl_easy_init)                                                                  \
    X(curl_easy_setopt)                                                                \
    X(curl_easy_strerror)                                                              \
    X(curl_global_init)                                                                \
    X(curl_multi_add_handle)                                                           \
    X(curl_multi_cleanup)                                                              \
    X(curl_multi_info_read)                                                            \
    X(curl_multi_init)                                                                 \
    X(curl_multi_remove_handle)                                                        \
    X(curl_multi_setopt)                                                               \
    X(curl_multi_socket_action)                                                        \
    X(curl_slist_append)                                                               \
    X(curl_slist_free_all)

static struct {
#define MEMBER(name) __typeof__(&(name)) name;
    CURL_FUNCTIONS(MEMBER)
#undef MEMBER
    const char *missing; /* what could not be found, or NULL */
} api;

struct transfer {
    CURL *easy;
    CURLM *multi;
    struct curl_slist *headers;
    struct pollfd fds[SOCKETS_LIMIT];
    size_t count;
    tum_time timer; /* when curl wants to be called; TUM_FOREVER: not */
    struct tum_http_answer *answer;
    char detail[CURL_ERROR_SIZE];
};

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load_curl(void)
{
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

    api.missing = library == NULL ? LIBRARY : NULL;
#define LOAD(name)                                                                     \
    if (api.missing == NULL) {                                                         \
        *(void **)&api.name = dlsym(library, #name);                                   \
        if (api.name == NULL)                                                          \
            api.missing = #name;                                                       \
    }
    CURL_FUNCTIONS(LOAD)
#undef LOAD
    if (api.missing == NULL)
        api.curl_global_init(CURL_GLOBAL_DEFAULT);
}

bool tum_http_available(void)
{
    return true;
}

/* ---- what curl tells us ---- */

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *unused)
{
    struct transfer *transfer = ctx;
    size_t i = 0;

    (void)easy;
    (void)unused;
    while (i < transfer->count && transfer->fds[i].fd != fd)
        i++;
    if (what == CURL_POLL_REMOVE) {
        if (i < transfer->count)
            transfer->fds[i] = transfer->fds[--transfer->count];
        return 0;
    }
    if (i == SOCKETS_LIMIT)
        return -1;
    if (i == transfer->count)
        transfer->count++;
    transfer->fds[i] = (struct pollfd){
        .fd = fd,
        .events = (short)(((what & CURL_POLL_IN) != 0 ? POLLIN : 0) |
                          ((what & CURL_POLL_OUT) != 0 ? POLLOUT : 0)),
    };
    return 0;
}

static int on_timer(CURLM *multi, long ms, void *ctx)
{
    struct transfer *transfer = ctx;

    (void)multi;
    transfer->timer = ms < 0 ? TUM_FOREVER : tum_time_add(tum_now(), ms * TUM_MS);
    return 0;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *ctx)
{
    struct transfer *transfer = ctx;

    tum_buf_add(&transfer->answer->body, bytes, size * count);
    return size * count;
}

/* ---- one transfer ---- */

static bool set_up(struct transfer *transfer, const struct tum_http_request *request,
                   struct tum_error **err)
{
    CURL *easy = api.curl_easy_init();
    CURLM *multi = api.curl_multi_init();

    transfer->easy = easy;
    transfer->multi = multi;
    if (easy == NULL || multi == NULL)
        return tum_fail(err, TUM_ERROR_SYSTEM, "no HTTP transfer can be made");
    api.curl_easy_setopt(easy, CURLOPT_URL, request->url);
    api.curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    api.curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
#if LIBCURL_VERSION_NUM >= 0x075700
    /* A name server that hangs is not waited for when a stop comes. */
    api.curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
#endif
    api.curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->detail);
    api.curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    api.curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    api.curl_easy_setopt(easy, CURLOPT_USERAGENT, "tum");
    if (request->body.s != NULL) {
        api.curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                             (curl_off_t)request->body.n);
        api.curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body.s);
    }
    if (request->method != NULL && strcmp(request->method, "HEAD") == 0)
        api.curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    else
        api.curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST,
                             request->method != NULL ? request->method : "GET");
    for (size_t i = 0; request->headers != NULL && request->headers[i] != NULL; i++)
        transfer->headers =
            api.curl_slist_append(transfer->headers, request->headers[i]);
    api.curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers);
    if (request->insecure) {
        api.curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
        api.curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    }
    api.curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    api.curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, transfer);
    api.curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
    api.curl_multi_setopt(multi, CURLMOPT_TIMERDATA, transfer);
    api.curl_multi_add_handle(multi, easy);
    return true;
}

static void tear_down(struct transfer *transfer)
{
    if (transfer->multi != NULL && transfer->easy != NULL)
        api.curl_multi_remove_handle(transfer->multi, transfer->easy);
    api.curl_easy_cleanup(transfer->easy);
    api.curl_multi_cleanup(transfer->multi);
    api.curl_slist_free_all(transfer->headers);
}

static void tell_curl(struct transfer *transfer, enum tum_waited waited, int *running)
{
    struct pollfd ready[SOCKETS_LIMIT];
    size_t count = transfer->count;

    if (waited == TUM_LATE) {
        transfer->timer = TUM_FOREVER;
        api.curl_multi_socket_action(transfer->multi, CURL_SOCKET_TIMEOUT, 0, running);
        return;
    }
    /* A callback may change the set while it is walked. */
    memcpy(ready, transfer->fds, count * sizeof(*ready));
    for (size_t i = 0; i < count; i++) {
        int events = 0;

        if (ready[i].revents == 0)
            continue;
        if ((ready[i].revents & (POLLIN | POLLHUP)) != 0)
            events |= CURL_CSELECT_IN;
        if ((ready[i].revents & POLLOUT) != 0)
            events |= CURL_CSELECT_OUT;
        if ((ready[i].revents & (POLLERR | POLLNVAL)) != 0)
            events |= CURL_CSELECT_ERR;
        api.curl_multi_socket_action(transfer->multi, ready[i].fd, events, running);
    }
}

static bool judge(struct transfer *transfer, const struct tum_http_request *request,
                  struct tum_error **err)
{
    CURLMsg *message;
    CURLcode code;
    long status = 0;
    int left;

    message = api.curl_multi_info_read(transfer->multi, &left);
    if (message == NULL)
        return tum_fail(err, TUM_ERROR_LOST,
                        "'%s': the transfer ended without a result", request->url);
    code = message->data.result;
    if (code == CURLE_OK) {
        api.curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
        transfer->answer->status = (int)status;
        return true;
    }
    return tum_fail(err,
                    code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL
                        ? TUM_ERROR_VALUE
                        : TUM_ERROR_LOST,
                    "'%s': %s", request->url,
                    transfer->detail[0] != '\0' ? transfer->detail
                                                : api.curl_easy_strerror(code));
}

static bool transfer_all(struct transfer *transfer,
                         const struct tum_http_request *request, tum_time deadline,
                         struct tum_error **err)
{
    int running = 1;

    api.curl_multi_socket_action(transfer->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    while (running > 0) {
        enum tum_waited waited =
            tum_wait_many(request->stop, transfer->fds, transfer->count,
                          TUM_MIN(deadline, transfer->timer));

        if (waited == TUM_STOPPED)
            return tum_fail(err, TUM_ERROR_STOPPED, "aborted on stop request");
        if (waited == TUM_LATE && tum_now() >= deadline) {
            tum_fail(err, TUM_ERROR_LATE, "'%s': no whole answer within %g s",
                     request->url, (double)request->timeout / 1e9);
            return false;
        }
        tell_curl(transfer, waited, &running);
    }
    return judge(transfer, request, err);
}

bool tum_http_ask(const struct tum_http_request *request, struct tum_http_answer *ret,
                  struct tum_error **err)
{
    struct tum_http_answer answer = {.body = TUM_BUF_INIT(TUM_HTTP_BODY_LIMIT)};
    struct transfer transfer = {.timer = TUM_FOREVER, .answer = &answer};
    struct tum_http_request asked = *request;
    tum_time begun;
    bool ok;

    pthread_once(&once, load_curl);
    if (api.missing != NULL)
        return tum_fail(err, TUM_ERROR_UNSUPPORTED,
                        "HTTP needs the library libcurl: '%s' was not found",
                        api.missing);
    if (asked.timeout <= 0)
        asked.timeout = DEFAULT_TIMEOUT;
    begun = tum_now();
    ok = set_up(&transfer, &asked, err) &&
         transfer_all(&transfer, &asked, tum_time_add(begun, asked.timeout), err);
    tear_down(&transfer);
    answer.took = tum_now() - begun;
    if (ok)
        *ret = answer;
    else
        tum_http_answer_release(&answer);
    return ok;
}

void tum_http_answer_release(struct tum_http_answer *answer)
{
    tum_buf_release(&answer->body);
}
