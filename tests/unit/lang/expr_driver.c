/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads one expression a line and prints one line each: its repr, !ExceptionName, or ?.
 * With a number: evaluates each line that many times and prints the time of one.
 * With -m, messages of exceptions and reasons of ? are shown, too.
 */
#include "lang/expr.h"
#include "tum/clock.h"
#include <stdio.h>
#include <stdlib.h>

static void show(const struct tum_expr_result *r, bool messages)
{
    switch (r->outcome) {
    case TUM_EXPR_VALUE:
        printf("%s\n", r->repr);
        break;
    case TUM_EXPR_RAISED:
        printf(messages ? "!%s: %s\n" : "!%s\n", r->type, r->message);
        break;
    case TUM_EXPR_UNSUPPORTED:
    case TUM_EXPR_STOPPED:
        printf(messages ? "? %s\n" : "?\n", r->message);
        break;
    }
}

int main(int argc, char **argv)
{
    struct tum_expr_machine *m = tum_expr_machine_new();
    struct tum_expr_host host = {.ctx = NULL};
    bool messages = argc > 1 && strcmp(argv[1], "-m") == 0;
    long times = argc > 1 && !messages ? strtol(argv[1], NULL, 10) : 1;
    struct tum_expr_result r;
    char *line = NULL;
    size_t cap = 0;
    ssize_t n;

    while ((n = getline(&line, &cap, stdin)) >= 0) {
        if (n > 0 && line[n - 1] == '\n')
            n--;
        tum_time start = tum_now();

        for (long i = 1; i < times; i++) {
            tum_expr_eval(m, tum_str_n(line, (size_t)n), &host, 0, &r);
            tum_expr_result_release(&r);
        }
        if (times > 1)
            printf("%lld ns  %.*s\n", (long long)((tum_now() - start) / times), (int)n,
                   line);
        tum_expr_eval(m, tum_str_n(line, (size_t)n), &host, TUM_EXPR_WANT_REPR, &r);
        if (times == 1)
            show(&r, messages);
        tum_expr_result_release(&r);
    }
    free(line);
    tum_expr_machine_free(m);
    return EXIT_SUCCESS;
}
