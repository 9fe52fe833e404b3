/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What events add up to.
 */
#include "batch/record.h"
#include "tum/mem.h"
#include "unit.h"

static void take(struct tum_record *record, const char *json)
{
    struct tum_error *err = NULL;
    tum_val v;

    ck_assert(tum_json_read(tum_str_of(json), (struct tum_span){0}, &v, &err));
    tum_record_take(record, v);
    tum_val_unref(v);
}

START_TEST(whole_run)
{
    struct tum_record *r = tum_record_new();
    struct tum_counts c;
    const char *outcome, *message;
    int status;

    take(r, "{\"event\":\"item_started\",\"node\":\"\",\"execution\":1,\"container\":"
            "true}");
    take(r, "{\"event\":\"item_started\",\"node\":\"a\",\"execution\":2}");
    ck_assert_str_eq(tum_record_running(r), "a");
    take(r, "{\"event\":\"item_finished\",\"node\":\"a\",\"execution\":2,"
            "\"outcome\":\"passed\",\"duration\":1.5}");
    ck_assert_ptr_null(tum_record_running(r));
    take(r, "{\"event\":\"item_started\",\"node\":\"a\",\"execution\":3}");
    take(r, "{\"event\":\"item_finished\",\"node\":\"a\",\"execution\":3,"
            "\"outcome\":\"failed\",\"duration\":1,\"message\":\"no\"}");
    take(r, "{\"event\":\"item_finished\",\"node\":\"a\",\"execution\":4,"
            "\"outcome\":\"failed\",\"action\":true}");
    ck_assert(!tum_record_finished(r, &outcome, &message, &status));
    take(r, "{\"event\":\"item_finished\",\"node\":\"\",\"execution\":1,"
            "\"outcome\":\"failed\",\"message\":\"said by main\",\"container\":true}");
    take(r, "{\"event\":\"run_finished\",\"outcome\":\"failed\",\"status\":1}");
    ck_assert(tum_record_finished(r, &outcome, &message, &status));
    ck_assert_str_eq(message, "said by main");
    ck_assert_int_eq(status, 1);
    c = tum_record_counts(r);
    ck_assert_uint_eq(c.passed, 1);
    ck_assert_uint_eq(c.failed, 1);
    ck_assert_uint_eq(tum_record_count(r), 1);
    ck_assert_str_eq(tum_record_node(r, 0)->outcome, "failed");
    ck_assert_str_eq(tum_record_blamed(r, "failed")->message, "no");
    ck_assert(tum_record_node(r, 0)->duration > 2.4);
    tum_record_free(r);
}
END_TEST

START_TEST(below_what_passed)
{
    struct tum_record *r = tum_record_new();
    struct tum_counts c;

    take(r, "{\"event\":\"item_started\",\"node\":\"\",\"execution\":1,"
            "\"container\":true}");
    take(r, "{\"event\":\"item_started\",\"node\":\"g\",\"execution\":2,"
            "\"parent\":1,\"container\":true}");
    take(r, "{\"event\":\"item_started\",\"node\":\"g/a\",\"execution\":3,"
            "\"parent\":2}");
    take(r, "{\"event\":\"item_finished\",\"node\":\"g/a\",\"execution\":3,"
            "\"parent\":2,\"outcome\":\"failed\",\"message\":\"no\"}");
    c = tum_record_counts(r);
    ck_assert_uint_eq(c.failed, 1);
    ck_assert_str_eq(tum_record_blamed(r, "failed")->message, "no");
    take(r, "{\"event\":\"item_finished\",\"node\":\"g\",\"execution\":2,"
            "\"parent\":1,\"outcome\":\"passed\",\"container\":true}");
    c = tum_record_counts(r);
    ck_assert_uint_eq(c.failed, 0);
    ck_assert_uint_eq(c.excused, 1);
    ck_assert_ptr_null(tum_record_blamed(r, "failed"));
    /* One that failed by itself, and one that did at a later execution. */
    take(r, "{\"event\":\"item_started\",\"node\":\"h\",\"execution\":4,"
            "\"parent\":1,\"container\":true}");
    take(r, "{\"event\":\"item_finished\",\"node\":\"h\",\"execution\":4,"
            "\"parent\":1,\"outcome\":\"timeout\",\"container\":true}");
    take(r, "{\"event\":\"item_finished\",\"node\":\"g/a\",\"execution\":5,"
            "\"parent\":1,\"outcome\":\"error\",\"message\":\"never\"}");
    c = tum_record_counts(r);
    ck_assert_uint_eq(c.errors, 2);
    ck_assert_str_eq(tum_record_blamed(r, "error")->message, "never");
    tum_record_free(r);
}
END_TEST

static const struct {
    const char *outcome, *result;
    bool passed, infra;
} outcomes[] = {
    {"passed", "PASS", true, false},      {"flaky", "PASS", true, false},
    {"failed", "FAIL", false, false},     {"timeout", "FAIL", false, true},
    {"error", "FAIL", false, true},       {"degraded", "FAIL", false, true},
    {"known_flaky", "FAIL", true, false}, {"interrupted", "FAIL", false, false},
    {"skipped", "SKIP", false, false},    {"deselected", "SKIP", false, false},
};

START_TEST(words)
{
    const char *outcome = outcomes[_i].outcome;

    ck_assert_str_eq(tum_outcome_word(tum_str_of(outcome)), outcome);
    ck_assert_str_eq(tum_outcome_result(outcome), outcomes[_i].result);
    ck_assert(tum_outcome_passed(outcome) == outcomes[_i].passed);
    ck_assert(tum_outcome_infra(outcome) == outcomes[_i].infra);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, whole_run);
    tcase_add_test(t, below_what_passed);
    tcase_add_loop_test(t, words, 0, TUM_LEN(outcomes));
}

UNIT_MAIN("record", add)
