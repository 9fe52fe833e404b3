/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http: one request, and what its answer must be. No answer is infrastructure (outcome
 * error), tried again; a wrong answer is a failed test, at once.
 */
#include "items.h"
#include "tum/http.h"
#include "tum/mem.h"

#define DATA_BODY ((size_t)64 << 10)

struct http_data {
    const struct tum_arg *url, *method, *headers, *body, *json, *timeout, *attempts;
    const struct tum_arg *backoff, *expected_status, *contains, *matches,
        *json_expected;
    const struct tum_arg *insecure;
};

static const struct tum_param http_params[] = {
    {
        .name = "url",
        .doc = "What is asked: an http or https URL.",
        .takes = TUM_TAKES_TEXT,
        .flags = TUM_PARAM_REQUIRED,
        .field = TUM_FIELD(struct http_data, url),
    },
    {
        .name = "method",
        .doc = "Method of the request.",
        .takes = TUM_TAKES_TEXT,
        .field = TUM_FIELD(struct http_data, method),
        .deflt = "GET",
    },
    {
        .name = "headers",
        .doc = "Header fields of the request.",
        .takes = TUM_TAKES_MAP,
        .field = TUM_FIELD(struct http_data, headers),
    },
    {
        .name = "body",
        .doc = "Text that is sent.",
        .takes = TUM_TAKES_TEXT,
        .field = TUM_FIELD(struct http_data, body),
    },
    {
        .name = "json",
        .doc = "Value that is sent as JSON, instead of body.",
        .takes = TUM_TAKES_ANY,
        .field = TUM_FIELD(struct http_data, json),
    },
    {
        .name = "timeout",
        .doc = "Longest duration of one request.",
        .takes = TUM_TAKES_DURATION,
        .field = TUM_FIELD(struct http_data, timeout),
        .deflt = "5",
    },
    {
        .name = "attempts",
        .doc = "Requests made at most while there is no answer.",
        .takes = TUM_TAKES_INT,
        .field = TUM_FIELD(struct http_data, attempts),
        .deflt = "1",
    },
    {
        .name = "backoff",
        .doc = "Time between two requests.",
        .takes = TUM_TAKES_DURATION,
        .field = TUM_FIELD(struct http_data, backoff),
        .deflt = "1",
    },
    {
        .name = "expected_status",
        .doc = "Status the answer must have, or a list of them.",
        .takes = TUM_TAKES_INT | TUM_TAKES_LIST,
        .field = TUM_FIELD(struct http_data, expected_status),
        .deflt = "200",
    },
    {
        .name = "contains",
        .doc = "A text, or texts, that the body must hold.",
        .takes = TUM_TAKES_TEXT | TUM_TAKES_LIST,
        .field = TUM_FIELD(struct http_data, contains),
    },
    {
        .name = "matches",
        .doc = "A regular expression that must be found in the body.",
        .takes = TUM_TAKES_TEXT,
        .field = TUM_FIELD(struct http_data, matches),
    },
    {
        .name = "json_expected",
        .doc = "Values the JSON body must have: a mapping of path (a.b.0) to value.",
        .takes = TUM_TAKES_MAP,
        .field = TUM_FIELD(struct http_data, json_expected),
    },
    {
        .name = "insecure",
        .doc = "True: certificates are not checked.",
        .takes = TUM_TAKES_FLAG,
        .field = TUM_FIELD(struct http_data, insecure),
        .deflt = "false",
    },
    {0},
};

/* The request of one execution, and what must be released after it. */
struct request {
    struct tum_http_request ask;
    char *url, *method;
    char **headers;
    size_t header_count, header_cap;
    struct tum_buf body;
    int64_t attempts;
    tum_time backoff;
};

static void request_release(struct request *request)
{
    for (size_t i = 0; i < request->header_count; i++)
        tum_free(request->headers[i]);
    tum_free(request->headers);
    tum_free(request->url);
    tum_free(request->method);
    tum_buf_release(&request->body);
}

static void add_header(struct request *request, char *take)
{
    tum_grow(&request->headers, &request->header_cap, request->header_count + 2);
    request->headers[request->header_count++] = take;
    request->headers[request->header_count] = NULL;
}

static bool refuse(struct tum_run *run, const char *what, const char *wanted, tum_val v)
{
    char *shown = tum_val_to_repr(v);

    tum_run_failed(run, "'%s' must be %s, found %s", what, wanted, shown);
    tum_free(shown);
    return false;
}

static bool read_duration(struct tum_run *run, const struct tum_arg *arg,
                          const char *what, tum_time deflt, tum_time *ret)
{
    tum_val v = tum_arg_value(run, arg);
    bool ok = true;

    *ret = deflt;
    if (v.kind != TUM_NONE && !tum_val_duration(v, ret))
        ok = refuse(run, what, "a duration", v);
    tum_val_unref(v);
    return ok;
}

static bool read_headers(struct tum_run *run, const struct http_data *data,
                         struct request *request)
{
    tum_val v = tum_arg_value(run, data->headers);
    bool ok = v.kind == TUM_NONE || v.kind == TUM_MAP ||
              refuse(run, "headers", "a mapping", v);

    tum_map_each (entry, v) {
        char *name = tum_val_to_str(entry->key);
        char *value = tum_val_to_str(entry->value);

        add_header(request, tum_asprintf("%s: %s", name, value));
        tum_free(name);
        tum_free(value);
    }
    tum_val_unref(v);
    return ok;
}

static bool read_body(struct tum_run *run, const struct http_data *data,
                      struct request *request)
{
    struct tum_json_style style = {.ascii = true};
    struct tum_error *err = NULL;
    tum_val v;
    bool ok = true;

    if (data->json != NULL) {
        v = tum_arg_value(run, data->json);
        ok = tum_json_write(&request->body, v, &style, &err);
        if (!ok)
            tum_run_broken(run, err);
        add_header(request, tum_strdup("Content-Type: application/json"));
    } else {
        v = tum_arg_value(run, data->body);
        if (v.kind == TUM_NONE)
            return true;
        tum_val_write_str(&request->body, v);
    }
    tum_val_unref(v);
    request->ask.body = tum_buf_str(&request->body);
    return ok;
}

static bool read_attempts(struct tum_run *run, const struct http_data *data,
                          struct request *request)
{
    tum_val v = tum_arg_value(run, data->attempts);
    bool ok = true;

    request->attempts = 1;
    if (v.kind != TUM_NONE &&
        (v.kind == TUM_BOOL || !tum_val_to_int64(v, &request->attempts) ||
         request->attempts < 1))
        ok = refuse(run, "attempts", "a whole number above 0", v);
    tum_val_unref(v);
    return ok;
}

static bool read_request(struct tum_run *run, const struct http_data *data,
                         struct request *request)
{
    request->url = tum_arg_text(run, data->url);
    if (request->url == NULL || request->url[0] == '\0')
        return refuse(run, "url", "a text", tum_val_none());
    request->method = tum_arg_text(run, data->method);
    request->ask = (struct tum_http_request){
        .url = request->url,
        .method = request->method,
        .insecure = tum_arg_bool(run, data->insecure),
        .stop = tum_run_stop(run),
    };
    if (!read_headers(run, data, request) || !read_body(run, data, request) ||
        !read_attempts(run, data, request) ||
        !read_duration(run, data->timeout, "timeout", 5 * TUM_SECOND,
                       &request->ask.timeout) ||
        !read_duration(run, data->backoff, "backoff", TUM_SECOND, &request->backoff))
        return false;
    request->ask.headers = (const char *const *)request->headers;
    return true;
}

/* ---- the answer ---- */

static bool is_status(tum_val wanted, int64_t status)
{
    int64_t one;

    if (tum_val_is_seq(wanted)) {
        tum_list_each (item, wanted) {
            if (is_status(*item, status))
                return true;
        }
        return false;
    }
    return tum_val_to_int64(wanted, &one) && one == status;
}

static bool check_status(struct tum_run *run, const struct http_data *data, int status)
{
    tum_val wanted = data->expected_status != NULL
                         ? tum_arg_value(run, data->expected_status)
                         : tum_val_int(200);
    bool ok = is_status(wanted, status);

    if (!ok) {
        char *shown = tum_val_to_str(wanted);

        tum_run_failed(run, "status %d, expected %s", status, shown);
        tum_free(shown);
    }
    tum_val_unref(wanted);
    return ok;
}

static bool check_contains(struct tum_run *run, tum_val wanted, struct tum_str body)
{
    bool ok = true;

    if (tum_val_is_seq(wanted)) {
        tum_list_each (item, wanted)
            ok = ok && check_contains(run, *item, body);
        return ok;
    }
    if (wanted.kind == TUM_NONE)
        return true;
    char *text = tum_val_to_str(wanted);

    ok = tum_str_find(body, tum_str_of(text), 0) != TUM_STR_NONE;
    if (!ok)
        tum_run_failed(run, "the body does not hold '%s'", text);
    tum_free(text);
    return ok;
}

static bool check_matches(struct tum_run *run, const struct http_data *data,
                          struct tum_str body)
{
    char *pattern = tum_arg_text(run, data->matches);
    struct tum_error *err = NULL;
    bool found = true;

    if (pattern == NULL)
        return true;
    if (!tum_regex_found(run, tum_str_of(pattern), body, &found, &err)) {
        tum_error_wrap(&err, "'matches'");
        tum_run_broken(run, err);
        found = false;
    } else if (!found) {
        tum_run_failed(run, "the body does not match '%s'", pattern);
    }
    tum_free(pattern);
    return found;
}

/* Value at a path of names and indexes joined by dots; borrowed. */
static bool look_up(tum_val v, struct tum_str path, tum_val *ret)
{
    struct tum_str part;
    bool more = true;
    int64_t index;

    while (tum_str_split(&path, &more, '.', &part)) {
        if (v.kind == TUM_MAP) {
            tum_val key = tum_val_text_of(part);
            bool found = tum_map_peek(v, key, &v);

            tum_val_unref(key);
            if (!found)
                return false;
        } else if (v.kind == TUM_LIST && tum_str_int(part, &index) && index >= 0 &&
                   (size_t)index < tum_list_len(v)) {
            v = tum_list_items(v)[index];
        } else {
            return false;
        }
    }
    *ret = v;
    return true;
}

static bool check_value(struct tum_run *run, tum_val json, tum_val path, tum_val wanted)
{
    char *path_text = tum_val_to_str(path);
    char *want = tum_val_to_repr(wanted);
    tum_val got;
    bool ok = look_up(json, tum_str_of(path_text), &got);

    if (!ok) {
        tum_run_failed(run, "the JSON body has no '%s'", path_text);
    } else if (!tum_val_eq(got, wanted)) {
        char *shown = tum_val_to_repr(got);

        tum_run_failed(run, "'%s' of the JSON body is %s, expected %s", path_text,
                       shown, want);
        tum_free(shown);
        ok = false;
    }
    tum_free(want);
    tum_free(path_text);
    return ok;
}

static bool check_json(struct tum_run *run, const struct http_data *data,
                       struct tum_str body)
{
    tum_val wanted = tum_arg_value(run, data->json_expected);
    struct tum_error *err = NULL;
    bool ok = true;
    tum_val json;

    if (wanted.kind == TUM_NONE)
        return true;
    if (wanted.kind != TUM_MAP) {
        ok = refuse(run, "json_expected", "a mapping of path to value", wanted);
    } else if (!tum_json_read(body, (struct tum_span){0}, &json, &err)) {
        tum_error_wrap(&err, "the body is no JSON");
        tum_run_broken(run, err);
        ok = false;
    } else {
        tum_map_each (entry, wanted)
            ok = ok && check_value(run, json, entry->key, entry->value);
        tum_val_unref(json);
    }
    tum_val_unref(wanted);
    return ok;
}

static enum tum_verdict judge(struct tum_run *run, const struct http_data *data,
                              const struct tum_http_answer *answer)
{
    struct tum_str body = tum_buf_str(&answer->body);
    tum_val contains = tum_arg_value(run, data->contains);
    bool ok;

    tum_run_set_value(run, tum_val_int(answer->status));
    tum_run_set_data(run, "status", tum_val_int(answer->status));
    tum_run_set_data(run, "time", tum_val_float((double)(answer->took / TUM_US) / 1e6));
    tum_run_set_data(run, "body", tum_val_text_of(tum_str_sub(body, 0, DATA_BODY)));
    ok = check_status(run, data, answer->status) &&
         check_contains(run, contains, body) && check_matches(run, data, body) &&
         check_json(run, data, body);
    tum_val_unref(contains);
    return ok ? TUM_PASS : TUM_FAIL;
}

static enum tum_verdict http_run(struct tum_run *run, const struct tum_item *item)
{
    const struct http_data *data = tum_item_data(item);
    struct request request = {.body = TUM_BUF_INIT(TUM_HTTP_BODY_LIMIT)};
    enum tum_verdict verdict = TUM_FAIL;
    struct tum_http_answer answer;
    struct tum_error *err = NULL;

    if (!read_request(run, data, &request)) {
        request_release(&request);
        return TUM_FAIL;
    }
    tum_out(run, "%s %s", request.method != NULL ? request.method : "GET", request.url);
    for (int64_t i = 1;; i++) {
        if (tum_http_ask(&request.ask, &answer, &err)) {
            verdict = judge(run, data, &answer);
            tum_http_answer_release(&answer);
            break;
        }
        if (err->kind == TUM_ERROR_STOPPED) {
            verdict = tum_run_broken(run, err);
            break;
        }
        char *why = tum_error_text(err);
        bool final = err->kind == TUM_ERROR_VALUE || i >= request.attempts;

        if (err->kind == TUM_ERROR_VALUE)
            verdict = tum_run_failed(run, "%s", why);
        else if (final)
            verdict = tum_run_unable(run, "%s", why);
        else
            tum_out(run, "Attempt %lld: %s", (long long)i, why);
        tum_free(why);
        tum_error_clear(&err);
        if (final)
            break;
        if (tum_wait(tum_run_stop(run), -1, 0,
                     tum_time_add(tum_now(), request.backoff)) == TUM_STOPPED) {
            verdict = tum_run_stopped(run);
            break;
        }
    }
    request_release(&request);
    return verdict;
}

const struct tum_item_type tum_item_http = {
    .keyword = "http",
    .row_type = "HTTP",
    .summary = "Makes an HTTP request and judges the answer.",
    .params = http_params,
    .data_size = sizeof(struct http_data),
    .run = http_run,
};
