/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shapes as JSON Schema. Walks the tables that files are read with, so it cannot say
 * something else than the reader does.
 */
#include "batch/shape.h"
#include "tum/mem.h"

static tum_val list_of_texts(const char *const *words)
{
    struct tum_list_builder *b = tum_list_begin(4);

    for (size_t i = 0; words[i] != NULL; i++)
        tum_list_add(b, tum_val_str(words[i]));
    return tum_list_end(b);
}

static void puts_key(struct tum_map_builder *b, const char *key, const char *text)
{
    tum_map_adds(b, key, tum_val_str(text));
}

static void put_types(struct tum_map_builder *b, const char *a, const char *other)
{
    const char *const words[] = {a, other, NULL};

    if (other == NULL)
        puts_key(b, "type", a);
    else
        tum_map_adds(b, "type", list_of_texts(words));
}

static tum_val any_of(tum_val take_a, tum_val take_b)
{
    struct tum_map_builder *b = tum_map_begin(1);
    struct tum_list_builder *list = tum_list_begin(2);

    tum_list_add(list, take_a);
    tum_list_add(list, take_b);
    tum_map_adds(b, "anyOf", tum_list_end(list));
    return tum_map_end(b);
}

static tum_val type_only(const char *type)
{
    struct tum_map_builder *b = tum_map_begin(1);

    puts_key(b, "type", type);
    return tum_map_end(b);
}

static tum_val text_list(void)
{
    struct tum_map_builder *b = tum_map_begin(2), *item = tum_map_begin(1);

    puts_key(b, "type", "array");
    put_types(item, "string", "number");
    tum_map_adds(b, "items", tum_map_end(item));
    return tum_map_end(b);
}

static tum_val key_schema(const struct tum_shape_key *key)
{
    struct tum_map_builder *b = tum_map_begin(6);
    tum_val schema = tum_shape_schema(key->shape);

    puts_key(b, "description", key->doc);
    tum_map_merge(b, schema);
    if (key->deflt != NULL)
        tum_map_adds(b, "$comment", tum_val_strf("default: %s", key->deflt));
    tum_val_unref(schema);
    return tum_map_end(b);
}

static tum_val map_schema(const struct tum_shape *shape)
{
    struct tum_map_builder *b = tum_map_begin(6), *keys = tum_map_begin(8);
    struct tum_list_builder *required = tum_list_begin(2);
    const struct tum_shape_key *short_key = NULL;
    tum_val schema;

    puts_key(b, "type", "object");
    for (const struct tum_shape_key *k = shape->keys; k->name != NULL; k++) {
        tum_map_adds(keys, k->name, key_schema(k));
        if (k->required)
            tum_list_add(required, tum_val_str(k->name));
        if (shape->short_key != NULL && strcmp(k->name, shape->short_key) == 0)
            short_key = k;
    }
    tum_map_adds(b, "properties", tum_map_end(keys));
    tum_map_adds(b, "additionalProperties", tum_val_bool(false));
    if (tum_list_built(required) > 0)
        tum_map_adds(b, "required", tum_list_end(required));
    else
        tum_list_drop(required);
    if (shape->kind == TUM_SHAPE_ONE) {
        tum_map_adds(b, "minProperties", tum_val_int(1));
        tum_map_adds(b, "maxProperties", tum_val_int(1));
    }
    schema = tum_map_end(b);
    if (short_key == NULL)
        return schema;
    return any_of(tum_shape_schema(short_key->shape), schema);
}

/* What texts the reader takes; a little more where only it can tell. */
#define AMOUNT "[0-9]+(\\.[0-9]*)?"
#define DURATION                                                                       \
    "^\\s*(" AMOUNT "|(?=[0-9])(" AMOUNT "d\\s*)?(" AMOUNT "h\\s*)?(" AMOUNT           \
    "m\\s*)?(" AMOUNT "s\\s*)?(" AMOUNT "ms)?)\\s*$"
#define SIZE "^\\s*[0-9.]+\\s*([KkMmGgTt]([Ii]?[Bb])?|[Bb])?\\s*$"
#define PORT "(^|:)[0-9]+$"
#define DATE "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"

static tum_val text_like(const char *pattern)
{
    struct tum_map_builder *b = tum_map_begin(2);

    puts_key(b, "type", "string");
    puts_key(b, "pattern", pattern);
    return tum_map_end(b);
}

/* `most` 0: no upper bound. */
static tum_val number_or_text(const char *number, int64_t least, int64_t most,
                              const char *pattern)
{
    struct tum_map_builder *b = tum_map_begin(3);

    puts_key(b, "type", number);
    tum_map_adds(b, "minimum", tum_val_int(least));
    if (most > 0)
        tum_map_adds(b, "maximum", tum_val_int(most));
    return any_of(tum_map_end(b), text_like(pattern));
}

static tum_val variables(void)
{
    static const char *const types[] = {"string", "number", "boolean", "null", NULL};
    struct tum_map_builder *b = tum_map_begin(2), *value = tum_map_begin(1);

    puts_key(b, "type", "object");
    tum_map_adds(value, "type", list_of_texts(types));
    tum_map_adds(b, "additionalProperties", tum_map_end(value));
    return tum_map_end(b);
}

tum_val tum_shape_schema(const struct tum_shape *shape)
{
    struct tum_map_builder *b;

    switch (shape->kind) {
    case TUM_SHAPE_FLAG:
        return type_only("boolean");
    case TUM_SHAPE_INT:
        b = tum_map_begin(3);
        puts_key(b, "type", "integer");
        if (shape->min < shape->max) {
            tum_map_adds(b, "minimum", tum_val_int(shape->min));
            tum_map_adds(b, "maximum", tum_val_int(shape->max));
        }
        return tum_map_end(b);
    case TUM_SHAPE_DURATION:
        return number_or_text("number", 0, 0, DURATION);
    case TUM_SHAPE_SIZE:
        return number_or_text("integer", 0, 0, SIZE);
    case TUM_SHAPE_PORT:
        return number_or_text("integer", 1, 65535, PORT);
    case TUM_SHAPE_DATE:
        return text_like(DATE);
    case TUM_SHAPE_TEXT:
        b = tum_map_begin(2);
        if (shape->choices != NULL)
            tum_map_adds(b, "enum", list_of_texts(shape->choices));
        else
            put_types(b, "string", "number");
        return tum_map_end(b);
    case TUM_SHAPE_TEXTS:
    case TUM_SHAPE_WORDS:
        return any_of(type_only("string"), text_list());
    case TUM_SHAPE_VARIABLES:
        return variables();
    case TUM_SHAPE_MAP:
    case TUM_SHAPE_ONE:
        return map_schema(shape);
    case TUM_SHAPE_LIST:
        b = tum_map_begin(2);
        puts_key(b, "type", "array");
        tum_map_adds(b, "items", tum_shape_schema(shape->element));
        return tum_map_end(b);
    case TUM_SHAPE_NAMED:
        b = tum_map_begin(2);
        puts_key(b, "type", "object");
        tum_map_adds(b, "additionalProperties", tum_shape_schema(shape->element));
        return tum_map_end(b);
    case TUM_SHAPE_ANY:
        break;
    }
    return tum_map_end(tum_map_begin(0));
}
