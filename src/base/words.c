/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Splitting a command line as a POSIX shell does: quotes and backslashes. Nothing else
 * of a shell: no variables, globs, pipes or redirections.
 */
#include "tum/words.h"

#include "tum/buf.h"
#include "tum/mem.h"

struct splitter {
    const char *at;
    struct tum_buf word;
    bool in_word; /* also for a word that is empty so far: '' */
    char **words;
    size_t count, cap;
};

static void end_word(struct splitter *s)
{
    if (!s->in_word)
        return;
    tum_grow(&s->words, &s->cap, s->count + 2);
    s->words[s->count++] = tum_strndup(s->word.s, s->word.len);
    s->words[s->count] = NULL;
    tum_buf_reset(&s->word);
    s->in_word = false;
}

/* After an opening '. Everything up to the next one is itself. */
static bool take_single(struct splitter *s)
{
    while (*s->at != '\0' && *s->at != '\'')
        tum_buf_addc(&s->word, *s->at++);
    return *s->at++ == '\'';
}

/* After an opening ". A backslash works before what is special inside. */
static bool take_double(struct splitter *s)
{
    while (*s->at != '\0' && *s->at != '"') {
        if (*s->at == '\\' && s->at[1] == '\n') {
            s->at += 2;
            continue;
        }
        if (*s->at == '\\' && s->at[1] != '\0' && strchr("\"\\$`", s->at[1]) != NULL)
            s->at++;
        tum_buf_addc(&s->word, *s->at++);
    }
    return *s->at++ == '"';
}

static bool split_all(struct splitter *s, struct tum_error **err)
{
    while (*s->at != '\0') {
        char c = *s->at++;

        if (c == ' ' || c == '\t' || c == '\n') {
            end_word(s);
            if (s->count > TUM_WORDS_LIMIT)
                return tum_fail(err, TUM_ERROR_LIMIT, "more than %d words",
                                TUM_WORDS_LIMIT);
            continue;
        }
        if (c == '\\' && *s->at == '\n') { /* a continued line */
            s->at++;
            continue;
        }
        s->in_word = true;
        if ((c == '\'' && !take_single(s)) || (c == '"' && !take_double(s)))
            return tum_fail(err, TUM_ERROR_SYNTAX, "a %s is not closed",
                            c == '"' ? "double quote" : "single quote");
        if (c == '\'' || c == '"')
            continue;
        if (c == '\\') {
            c = *s->at;
            if (c == '\0')
                return tum_fail(err, TUM_ERROR_SYNTAX,
                                "nothing follows the last backslash");
            s->at++;
        }
        tum_buf_addc(&s->word, c);
    }
    end_word(s);
    return true;
}

bool tum_words_split(const char *text, char ***ret_words, struct tum_error **err)
{
    struct splitter s = {.at = text};
    bool good;

    tum_buf_init(&s.word, TUM_BUF_ANY);
    tum_grow(&s.words, &s.cap, 1);
    s.words[0] = NULL;
    good = split_all(&s, err);
    tum_buf_release(&s.word);
    if (good)
        *ret_words = s.words;
    else
        tum_words_free(s.words);
    return good;
}

void tum_words_free(char **words)
{
    for (size_t i = 0; words != NULL && words[i] != NULL; i++)
        tum_free(words[i]);
    tum_free(words);
}
