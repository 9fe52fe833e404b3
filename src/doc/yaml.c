/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libyaml's events to calls of the tree, its marks to byte offsets, its complaints to ours.
 * The only file that knows libyaml.
 *
 * Not here: what a value or a tag means.
 */
#include "doc/yamlread.h"

#include "base/utf8.h"
#include "doc/docset.h"
#include <yaml.h>

/* Bad characters of one text that are reported. */
#define BAD_CHARACTER_LIMIT 20

struct reader {
    yaml_parser_t parser;
    const struct tum_tree_opts *opts;
    struct tum_str text; /* what is parsed */
    bool ascii;          /* all of it */
    size_t index;        /* a character … */
    size_t offset;       /* … and the byte where it starts */
};

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

/*
 * Marks count characters. They come nearly in order, so walking from the last one costs a pass
 * over the text in all; lines, which libyaml ends at more characters than we do, are not
 * needed.
 */
static uint32_t mark_offset(struct reader *reader, const yaml_mark_t *mark)
{
    const char *s = reader->text.s;

    if (reader->ascii)
        return (uint32_t)TUM_MIN(mark->index, reader->text.n);
    while (reader->index < mark->index && reader->offset < reader->text.n) {
        reader->offset++;
        while (reader->offset < reader->text.n && is_continuation(s[reader->offset]))
            reader->offset++;
        reader->index++;
    }
    while (reader->index > mark->index) {
        reader->offset--;
        while (is_continuation(s[reader->offset]))
            reader->offset--;
        reader->index--;
    }
    return (uint32_t)reader->offset;
}

/* ---- characters ---- */

static bool is_yaml_character(uint32_t c)
{
    return c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c <= 0x7e) ||
           c == 0x85 || (c >= 0xa0 && c <= 0xd7ff) || (c >= 0xe000 && c <= 0xfffd) ||
           (c >= 0x10000 && c <= 0x10ffff);
}

/* From `at` on, past characters that are ASCII and neither control nor tab. */
static size_t skip_printable(struct tum_str text, size_t at)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);

    for (; at + sizeof(uint64_t) <= text.n; at += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, text.s + at, sizeof(word));
        /* A high bit shows in bytes over 0x7e (word + 1) and below 0x20 (word - 0x20);
           carries only come from bytes that show one themselves. */
        if ((word | (word + ones) | (word - ones * 0x20)) & ones * 0x80)
            break;
    }
    while (at < text.n && text.s[at] >= 0x20 && text.s[at] < 0x7f)
        at++;
    return at;
}

/*
 * libyaml reads ahead and would complain about a character before it has read what stands in
 * front of it, and only about the first one.
 */
static bool check_characters(struct reader *reader)
{
    const struct tum_tree_opts *opts = reader->opts;
    struct tum_str text = reader->text;
    size_t bad = 0;
    bool ascii = true;

    for (size_t i = 0; i < text.n && bad < BAD_CHARACTER_LIMIT;) {
        i = skip_printable(text, i);
        if (i == text.n)
            break;
        unsigned char c = (unsigned char)text.s[i];
        uint32_t code = c;
        size_t n = 1;
        if (c >= 0x80) {
            ascii = false;
            n = tum_utf8_decode(text.s + i, text.n - i, &code);
        }
        if (!is_yaml_character(code)) {
            struct tum_span at = {opts->source, (uint32_t)i, (uint32_t)n};
            bad++;
            tum_mistake_add(opts->mistakes, at,
                            "the character U+%04X cannot stand here", (unsigned)code);
        }
        i += n;
    }
    reader->ascii = ascii;
    return bad == 0;
}

/* ---- complaints ---- */

/* libyaml's words, and what we say instead. A `*` place is where the context starts. */
static const struct complaint {
    const char *problem;
    const char *words;
    bool at_context; /* the place to show is where the unfinished thing starts */
} complaints[] = {
    {"mapping values are not allowed in this context",
     "': ' is not expected here; a text that holds it needs quotes", false},
    {"block sequence entries are not allowed in this context",
     "'- ' is not expected here", false},
    {"mapping keys are not allowed in this context", "'? ' is not expected here",
     false},
    {"could not find expected ':'", "expected ': ' after this key", true},
    {"did not find expected key",
     "expected a key of the mapping here; check the indentation", false},
    {"did not find expected '-' indicator",
     "expected '- ' here, the next entry of the list; check the indentation", false},
    {"did not find expected ',' or ']'", "expected ',' or ']'", false},
    {"did not find expected ',' or '}'", "expected ',' or '}'", false},
    {"did not find expected node content", "expected a value here", false},
    {"did not find expected <document start>",
     "the document has ended before this; a file holds one (check the indentation)",
     false},
    {"found undefined tag handle", "unknown tag handle", false},
    {"found unexpected end of stream", "this quoted text is not closed", true},
    {"found unexpected document indicator",
     "a quoted text cannot hold '---' or '...' at the start of a line", false},
    {"found unknown escape character", "unknown escape in a text in double quotes",
     false},
    {"did not find expected hexdecimal number",
     "expected more hexadecimal digits in the escape", false},
    {"found invalid Unicode character escape code", "the escape is no character",
     false},
    {"did not find expected alphabetic or numeric character",
     "expected a name after '&' or '*'; a text that starts with it needs quotes",
     false},
    {"found a tab character that violates indentation",
     "a tab cannot indent, use blanks", false},
    {"found a tab character where an indentation space is expected",
     "a tab cannot indent, use blanks", false},
    {"found an indentation indicator equal to 0",
     "the indentation of a block text is a digit from 1 to 9", false},
    {"did not find expected comment or line break",
     "expected the end of the line or a comment", false},
    {"found unexpected ':'", "a ':' here needs a blank after it, or the text quotes",
     false},
    {"did not find expected whitespace or line break", "expected a blank here", false},
    {"did not find expected whitespace", "expected a blank here", false},
    {"found unknown directive name", "unknown directive", false},
    {"found incompatible YAML document", "this version of YAML is not supported",
     false},
    {"found duplicate %YAML directive", "a second %YAML directive", false},
    {"found duplicate %TAG directive", "a second %TAG directive for the same handle",
     false},
    {"did not find expected tag URI", "expected a name after '!'", false},
    {"did not find the expected '>'", "expected '>' at the end of the tag", false},
    {"did not find expected '!'", "expected '!' at the end of the tag handle", false},
};

/* What libyaml was in the middle of, in our words; NULL when it says nothing more. */
static const char *context_words(const char *context)
{
    static const char *const words[][2] = {
        {"while parsing a block mapping", "mapping"},
        {"while parsing a flow mapping", "mapping"},
        {"while parsing a block collection", "list"},
        {"while parsing a flow sequence", "list"},
        {"while scanning a quoted scalar", "quoted text"},
        {"while scanning a block scalar", "block text"},
        {"while scanning a simple key", "key"},
    };

    for (size_t i = 0; context != NULL && i < TUM_LEN(words); i++)
        if (strcmp(context, words[i][0]) == 0)
            return words[i][1];
    return NULL;
}

/* The word that starts at a byte, cut to one line; at the end of the text nothing. */
static struct tum_span word_at(const struct reader *reader, uint32_t start)
{
    size_t end = start;
    struct tum_str text = reader->text;

    while (end < text.n && strchr(" \t\n\r", text.s[end]) == NULL)
        end++;
    if (end == start && end < text.n)
        end++;
    return (struct tum_span){reader->opts->source, start, (uint32_t)(end - start)};
}

/* Something stands before the place on its line: what is wrong is more text. */
static bool follows_text(const struct reader *reader, const char *problem,
                         struct tum_span at)
{
    static const char *const problems[] = {
        "did not find expected key",
        "did not find expected '-' indicator",
        "did not find expected <document start>",
    };
    bool block = false;
    size_t i = at.start;

    for (size_t j = 0; j < TUM_LEN(problems); j++)
        block = block || strcmp(problem, problems[j]) == 0;
    while (i > 0 && (reader->text.s[i - 1] == ' ' || reader->text.s[i - 1] == '\t'))
        i--;
    return block && i > 0 && reader->text.s[i - 1] != '\n';
}

static void complain(struct reader *reader)
{
    const yaml_parser_t *parser = &reader->parser;
    struct tum_mistakes *mistakes = reader->opts->mistakes;
    const char *problem = parser->problem != NULL ? parser->problem : "not YAML";
    const char *words = problem;
    const char *context = context_words(parser->context);
    bool at_context = false;

    for (size_t i = 0; i < TUM_LEN(complaints); i++)
        if (strcmp(problem, complaints[i].problem) == 0) {
            words = complaints[i].words;
            at_context = complaints[i].at_context && parser->context != NULL;
        }
    struct tum_span at = word_at(reader, mark_offset(reader, &parser->problem_mark));
    struct tum_span begin =
        parser->context != NULL
            ? word_at(reader, mark_offset(reader, &parser->context_mark))
            : at;

    if (strcmp(problem, "found character that cannot start any token") == 0) {
        char c = at.start < reader->text.n ? reader->text.s[at.start] : ' ';
        if (c == '\t')
            tum_mistake_add(mistakes, at, "a tab cannot indent, use blanks");
        else
            tum_mistake_add(mistakes, at,
                            "a text cannot start with '%c' unless it is in quotes", c);
        return;
    }

    if (follows_text(reader, problem, at))
        words = "expected the end of the line, the value before this is complete";

    unsigned here = tum_mistake_line(mistakes, at);
    unsigned there = tum_mistake_line(mistakes, begin);

    if (at_context) {
        if (here == there)
            tum_mistake_add(mistakes, begin, "%s", words);
        else
            tum_mistake_add(mistakes, begin, "%s (looked up to line %u)", words, here);
    } else if (context == NULL || here == there) {
        tum_mistake_add(mistakes, at, "%s", words);
    } else {
        tum_mistake_add(mistakes, at, "%s (in the %s that starts at line %u)", words,
                        context, there);
        tum_mistake_note(mistakes, begin, "the %s starts here", context);
    }
}

/* ---- events ---- */

static struct tum_str borrowed(const yaml_char_t *s)
{
    return tum_str_of((const char *)s);
}

enum step { STEP_ON, STEP_DONE, STEP_FAILED };

/* Hands one event on. `documents` counts those started. */
static enum step take_event(struct reader *reader, struct tum_tree *tree,
                            const yaml_event_t *event, unsigned *documents)
{
    struct tum_tree_event at = {.start = mark_offset(reader, &event->start_mark)};
    bool good = true;

    switch (event->type) {
    case YAML_SCALAR_EVENT:
        at.end = mark_offset(reader, &event->end_mark);
        at.anchor = borrowed(event->data.scalar.anchor);
        at.tag = borrowed(event->data.scalar.tag);
        good =
            tum_tree_scalar(tree, &at,
                            tum_str_n((const char *)event->data.scalar.value,
                                      event->data.scalar.length),
                            event->data.scalar.plain_implicit ||
                                (event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
                                 event->data.scalar.length == 0));
        break;
    case YAML_SEQUENCE_START_EVENT:
        at.end = mark_offset(reader, &event->end_mark);
        at.anchor = borrowed(event->data.sequence_start.anchor);
        at.tag = borrowed(event->data.sequence_start.tag);
        good = tum_tree_open(tree, &at, TUM_NODE_SEQ);
        break;
    case YAML_MAPPING_START_EVENT:
        at.end = mark_offset(reader, &event->end_mark);
        at.anchor = borrowed(event->data.mapping_start.anchor);
        at.tag = borrowed(event->data.mapping_start.tag);
        good = tum_tree_open(tree, &at, TUM_NODE_MAP);
        break;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        good = tum_tree_close(tree);
        break;
    case YAML_ALIAS_EVENT:
        at.end = mark_offset(reader, &event->end_mark);
        good = tum_tree_alias(tree, &at, borrowed(event->data.alias.anchor));
        break;
    case YAML_DOCUMENT_START_EVENT:
        if ((*documents)++ > 0) {
            tum_mistake_add(reader->opts->mistakes, word_at(reader, at.start),
                            "a second document starts here; a file holds one");
            good = false;
        }
        break;
    case YAML_STREAM_END_EVENT:
        return STEP_DONE;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        break;
    }
    return good ? STEP_ON : STEP_FAILED;
}

static enum step read_events(struct reader *reader, struct tum_tree *tree)
{
    enum step step = STEP_ON;
    unsigned documents = 0;
    yaml_event_t event;

    while (step == STEP_ON) {
        if (!yaml_parser_parse(&reader->parser, &event)) {
            if (reader->parser.error == YAML_MEMORY_ERROR)
                tum_die("out of memory");
            complain(reader);
            return STEP_FAILED;
        }
        step = take_event(reader, tree, &event, &documents);
        yaml_event_delete(&event);
    }
    return step;
}

const struct tum_node *tum_yaml_read(const struct tum_tree_opts *opts, size_t length,
                                     struct tum_include **ret_includes)
{
    struct reader reader = {.opts = opts, .text = {opts->text.s, length}};
    struct tum_include *includes = NULL;

    if (!check_characters(&reader))
        return NULL;
    if (!yaml_parser_initialize(&reader.parser))
        tum_die("out of memory");
    yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&reader.parser, (const unsigned char *)reader.text.s,
                                 reader.text.n);

    struct tum_tree *tree = tum_tree_begin(opts);
    enum step step = read_events(&reader, tree);
    const struct tum_node *root = tum_tree_end(tree, &includes);

    yaml_parser_delete(&reader.parser);
    if (step != STEP_DONE)
        return NULL;
    *ret_includes = includes;
    return root;
}
