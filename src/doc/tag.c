/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tags: which there are, under all their names, and which one a misspelt tag meant.
 */
#include "doc/tag.h"

#define YAML_PREFIX "tag:yaml.org,2002:"

static const struct tag_name {
    const char *name;
    enum tum_tag tag;
} tag_names[] = {
    {"str", TUM_TAG_STR},
    {"int", TUM_TAG_INT},
    {"float", TUM_TAG_FLOAT},
    {"bool", TUM_TAG_BOOL},
    {"null", TUM_TAG_NULL},
    {"timestamp", TUM_TAG_TIMESTAMP},
    {"binary", TUM_TAG_BINARY},
    {"seq", TUM_TAG_SEQ},
    {"map", TUM_TAG_MAP},
    {"omap", TUM_TAG_PAIRS},
    {"pairs", TUM_TAG_PAIRS},
    {"set", TUM_TAG_SET},
    {"python/none", TUM_TAG_NULL},
    {"python/bool", TUM_TAG_BOOL},
    {"python/str", TUM_TAG_STR},
    {"python/unicode", TUM_TAG_STR},
    {"python/int", TUM_TAG_INT},
    {"python/long", TUM_TAG_INT},
    {"python/float", TUM_TAG_FLOAT},
    {"python/list", TUM_TAG_SEQ},
    {"python/tuple", TUM_TAG_TUPLE},
    {"python/dict", TUM_TAG_MAP},
};

/* Candidates for a misspelt tag; the python ones are for old files, not for advice. */
static const char *const tag_words[] = {
    "!include", "!raw_include", "!!str",       "!!int",    "!!float",
    "!!bool",   "!!null",       "!!timestamp", "!!binary", "!!seq",
    "!!map",    "!!omap",       "!!pairs",     "!!set",    NULL,
};
enum { INCLUDE_WORDS = 2 };

enum tum_tag tum_tag_find(struct tum_str tag)
{
    if (tum_str_is(tag, "!include"))
        return TUM_TAG_INCLUDE;
    if (tum_str_is(tag, "!raw_include"))
        return TUM_TAG_RAW_INCLUDE;
    if (!tum_str_starts(tag, YAML_PREFIX))
        return TUM_TAG_UNKNOWN;
    struct tum_str name = tum_str_sub(tag, strlen(YAML_PREFIX), tag.n);
    for (size_t i = 0; i < TUM_LEN(tag_names); i++)
        if (tum_str_is(name, tag_names[i].name))
            return tag_names[i].tag;
    return TUM_TAG_UNKNOWN;
}

struct tum_str tum_tag_short(struct tum_str tag, struct tum_buf *buf)
{
    tum_buf_reset(buf);
    if (tum_str_starts(tag, YAML_PREFIX)) {
        tum_buf_adds(buf, "!!");
        tum_buf_addt(buf, tum_str_sub(tag, strlen(YAML_PREFIX), tag.n));
    } else if (tag.n > 0 && tag.s[0] == '!') {
        tum_buf_addt(buf, tag);
    } else {
        tum_buf_addf(buf, "!<%.*s>", TUM_STR_ARG(tag));
    }
    return tum_buf_str(buf);
}

const char *tum_tag_nearest(struct tum_str tag, bool includes)
{
    TUM_AUTO(tum_buf_release) struct tum_buf buf = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_str word = tum_tag_short(tag, &buf);
    const char *const *words = includes ? tag_words : tag_words + INCLUDE_WORDS;
    const char *near = tum_str_nearest(word, words);

    if (near != NULL || word.n < 2 || word.s[1] == '!')
        return near;
    /* `!int` for `!!int` is one edit of four letters and still what was meant. */
    for (size_t i = INCLUDE_WORDS; tag_words[i] != NULL; i++)
        if (tum_str_is(tum_str_sub(word, 1, word.n), tag_words[i] + 2))
            return tag_words[i];
    return NULL;
}
