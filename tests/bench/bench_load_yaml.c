/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Speed of reading documents, as ratios to libyaml alone emitting the events of the same
 * text: one load of a file into a tree, the three loads that a campaign makes of its main
 * file, and the tree as a value. Medians of RUNS, alternating. Not a test: prints, judges
 * nothing.
 *
 * bench_load_yaml [steps]     default: 100000
 */
#include "doc/docset.h"
#include "tum/clock.h"
#include "tum/mem.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <yaml.h>

#define RUNS 5

static tum_time bare_events(struct tum_str text)
{
    tum_time start = tum_now();
    yaml_parser_t parser;
    yaml_event_t event;
    bool more = true;

    if (!yaml_parser_initialize(&parser))
        exit(1);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text.s, text.n);
    while (more) {
        if (!yaml_parser_parse(&parser, &event))
            exit(1);
        more = event.type != YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    return tum_now() - start;
}

struct times {
    tum_time load, loads, value;
};

static struct times ours(const char *path, size_t *ret_memory)
{
    struct tum_sources *sources = tum_sources_new();
    struct tum_diags *diags = tum_diags_new();
    struct tum_docset *set = tum_docset_new(sources, diags);
    struct tum_doc_request request = {.path = path, .template = true};
    const struct tum_node *root = NULL;
    struct tum_error *err = NULL;
    struct times times;
    tum_val v;

    tum_time start = tum_now();
    if (!tum_docset_load(set, &request, &root))
        exit(1);
    times.load = tum_now() - start;
    request.includes = TUM_INCLUDES_RAW;
    if (!tum_docset_load(set, &request, &root))
        exit(1);
    request.includes = TUM_INCLUDES_ALL;
    if (!tum_docset_load(set, &request, &root))
        exit(1);
    times.loads = tum_now() - start;
    *ret_memory = tum_docset_memory(set);
    start = tum_now();
    if (!tum_node_to_val(root, &v, &err))
        exit(1);
    times.value = tum_now() - start;
    tum_val_unref(v);
    tum_docset_free(set);
    tum_diags_free(diags);
    tum_sources_free(sources);
    return times;
}

static int compare(const void *a, const void *b)
{
    tum_time x, y;

    memcpy(&x, a, sizeof(x));
    memcpy(&y, b, sizeof(y));
    return (x > y) - (x < y);
}

static double median_ms(tum_time times[RUNS])
{
    qsort(times, RUNS, sizeof(*times), compare);
    return (double)times[RUNS / 2] / 1e6;
}

int main(int argc, char **argv)
{
    long steps = argc > 1 ? strtol(argv[1], NULL, 10) : 100000;
    char path[] = "/tmp/bench_load_yaml-XXXXXX";
    struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    tum_time bare[RUNS], load[RUNS], loads[RUNS], value[RUNS];
    size_t memory = 0;
    int fd = mkstemp(path);

    tum_buf_adds(&text, "main:\n  name: large\n  steps:\n");
    for (long i = 0; i < steps; i++)
        tum_buf_adds(&text, "    - let: {name: x, values: [{a: 1}]}\n");
    if (fd < 0 || write(fd, text.s, text.len) != (ssize_t)text.len || close(fd) < 0) {
        perror(path);
        return 1;
    }
    for (int i = 0; i < RUNS; i++) {
        bare[i] = bare_events(tum_buf_str(&text));
        struct times times = ours(path, &memory);
        load[i] = times.load;
        loads[i] = times.loads;
        value[i] = times.value;
    }
    unlink(path);

    double base = median_ms(bare);
    double one = median_ms(load), three = median_ms(loads), made = median_ms(value);

    printf("%ld steps, %.1f MB; medians of %d\n", steps, (double)text.len / 1e6, RUNS);
    printf("libyaml alone        %8.1f ms\n", base);
    printf("load into a tree     %8.1f ms  %5.2f x\n", one, one / base);
    printf("three loads          %8.1f ms  %5.2f x\n", three, three / base);
    printf("tree to a value      %8.1f ms  %5.2f x\n", made, made / base);
    printf("memory of the tree   %8.1f MiB\n", (double)memory / (1 << 20));
    tum_buf_release(&text);
    return 0;
}
