/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The probe `http`: asks, and judges the answer as the item of that name does. Patterns
 * are those that PCRE2 and Python read alike; no worker is started for a probe.
 */
#include "batch/probing.h"
#include "lang/regex.h"
#include "tum/http.h"
#include "tum/mem.h"
#include <strings.h>

static bool unhealthy(struct tum_probing *p)
{
    return tum_probing_say(p, "it is not healthy", "look at its log");
}

/* ---- the request ---- */

/* NULL-ended; each line and the array are for tum_free. */
static char **header_lines(tum_val headers, bool json)
{
    char **lines = tum_new_array(char *, tum_map_len(headers) + 2);
    bool typed = false;
    size_t n = 0;

    tum_map_each (entry, headers) {
        const char *name = tum_val_text(entry->key).s;

        if (entry->value.kind != TUM_STR)
            continue;
        typed = typed || strcasecmp(name, "Content-Type") == 0;
        lines[n++] = tum_asprintf("%s: %s", name, tum_val_text(entry->value).s);
    }
    if (json && !typed)
        lines[n++] = tum_strdup("Content-Type: application/json");
    return lines;
}

static void free_lines(char **lines)
{
    for (size_t i = 0; lines[i] != NULL; i++)
        tum_free(lines[i]);
    tum_free(lines);
}

/* ---- the answer ---- */

static bool judge_pattern(struct tum_probing *p, const char *url, struct tum_str body)
{
    const char *pattern = tum_conf_text(p->conf, "matches");
    struct tum_error *err = NULL;
    enum tum_regex_found found = TUM_RE_GIVEN_UP;
    struct tum_regex *regex;
    size_t *spans;

    if (pattern == NULL)
        return true;
    regex = tum_regex_new(tum_str_of(pattern), 0, &err);
    if (regex == NULL) {
        char *why = tum_error_text(err);

        tum_error_free(err);
        tum_buf_addf(p->out, "the pattern '%s' cannot be used: %s", pattern, why);
        tum_free(why);
        return tum_probing_say(p, "the answer cannot be judged", "correct it");
    }
    spans = tum_new_array(size_t, 2 * (tum_regex_groups(regex) + 1));
    if (tum_regex_takes(regex, body))
        found = tum_regex_find(regex, body, 0, TUM_RE_SEARCH, false, spans);
    tum_free(spans);
    tum_regex_free(regex);
    if (found == TUM_RE_FOUND)
        return true;
    tum_buf_addf(p->out,
                 found == TUM_RE_NONE ? "the answer of %s does not match '%s': "
                                      : "the answer of %s is too much for '%s': ",
                 url, pattern);
    tum_probing_lines(p, body);
    return unhealthy(p);
}

/* Value at a path of names and indexes joined by dots; borrowed. */
static bool look_up(tum_val v, struct tum_str path, tum_val *ret)
{
    struct tum_str part;
    bool more = true;
    int64_t index;

    while (tum_str_split(&path, &more, '.', &part)) {
        if (v.kind == TUM_MAP) {
            tum_val key = tum_val_strn(part.s, part.n);
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

static bool judge_value(struct tum_probing *p, const char *url, tum_val json,
                        tum_val path, tum_val wanted)
{
    TUM_AUTO(tum_freep) char *want = tum_val_to_repr(wanted);
    const char *where = tum_val_text(path).s;
    tum_val got;

    if (!look_up(json, tum_val_text(path), &got)) {
        tum_buf_addf(p->out, "the answer of %s has no '%s'", url, where);
        return unhealthy(p);
    }
    if (tum_val_eq(got, wanted))
        return true;
    TUM_AUTO(tum_freep) char *shown = tum_val_to_repr(got);
    tum_buf_addf(p->out, "'%s' in the answer of %s is %s, expected %s", where, url,
                 shown, want);
    return unhealthy(p);
}

static bool judge_json(struct tum_probing *p, const char *url, struct tum_str body)
{
    tum_val wanted = tum_conf_get(p->conf, "json_expected"), json;
    struct tum_error *err = NULL;
    bool ok = true;

    if (wanted.kind != TUM_MAP)
        return true;
    if (!tum_json_read(body, (struct tum_span){0}, &json, &err)) {
        tum_error_free(err);
        tum_buf_addf(p->out, "the answer of %s is no JSON: ", url);
        tum_probing_lines(p, body);
        return unhealthy(p);
    }
    tum_map_each (entry, wanted)
        ok = ok && judge_value(p, url, json, entry->key, entry->value);
    tum_val_unref(json);
    return ok;
}

static bool judge(struct tum_probing *p, const char *url,
                  const struct tum_http_answer *answer)
{
    int64_t status = tum_conf_int(p->conf, "status", 200);
    const char *contains = tum_conf_text(p->conf, "contains");
    struct tum_str body = tum_buf_str(&answer->body);

    if (answer->status != status) {
        tum_buf_addf(p->out, "%s answered %d, expected %lld: ", url, answer->status,
                     (long long)status);
        tum_probing_lines(p, body);
        return unhealthy(p);
    }
    if (contains != NULL &&
        tum_str_find(body, tum_str_of(contains), 0) == TUM_STR_NONE) {
        tum_buf_addf(p->out, "the answer of %s does not hold '%s': ", url, contains);
        tum_probing_lines(p, body);
        return unhealthy(p);
    }
    return judge_pattern(p, url, body) && judge_json(p, url, body);
}

/* ---- the whole ---- */

/* False: it is to be given up, stopped or late. */
static bool pause_before(struct tum_probing *p)
{
    tum_time pause = tum_conf_time(p->conf, "backoff", TUM_SECOND);

    return tum_wait(p->opts->stop, -1, 0, TUM_MIN(tum_now() + pause, p->deadline)) !=
               TUM_STOPPED &&
           tum_now() < p->deadline;
}

bool tum_probe_http(struct tum_probing *p)
{
    TUM_AUTO(tum_buf_release) struct tum_buf json = TUM_BUF_INIT(TUM_BUF_ANY);
    static const struct tum_json_style style = {0};
    const char *url = tum_conf_text(p->conf, "url");
    const char *body = tum_conf_text(p->conf, "body");
    tum_val object = tum_conf_get(p->conf, "json");
    int64_t attempts = tum_conf_int(p->conf, "attempts", 1);
    char **headers =
        header_lines(tum_conf_get(p->conf, "headers"), object.kind != TUM_NONE);
    struct tum_error *err = NULL;
    bool ok = false, answered = false;

    if (object.kind != TUM_NONE && tum_json_write(&json, object, &style, &err))
        body = json.s;
    for (int64_t i = 0; i < attempts && !answered; i++) {
        struct tum_http_answer answer = {0};
        struct tum_http_request request = {
            .url = url,
            .method = tum_conf_text(p->conf, "method"),
            .headers = (const char *const *)headers,
            .body = tum_str_of(body),
            .insecure = tum_conf_flag(p->conf, "insecure", false),
            .stop = p->opts->stop,
        };

        if (i > 0 && !pause_before(p))
            break;
        request.timeout = TUM_MIN(tum_conf_time(p->conf, "timeout", TUM_SECOND),
                                  TUM_MAX(p->deadline - tum_now(), TUM_MS));
        tum_error_clear(&err);
        answered = tum_http_ask(&request, &answer, &err);
        if (answered) {
            ok = judge(p, url, &answer);
            tum_http_answer_release(&answer);
        }
    }
    if (!answered) {
        char *why = err != NULL ? tum_error_text(err) : tum_strdup("stopped");

        tum_buf_addf(p->out, "no answer from %s: %s", url, why);
        tum_probing_say(p, "what needs it cannot work", "start it, or look at its log");
        tum_free(why);
    }
    free_lines(headers);
    tum_error_free(err);
    return ok;
}
