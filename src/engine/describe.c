/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The item tables as JSON Schema and as manual. Both walk the same descriptors that the
 * loader checks files against, so neither can say something else than the program does.
 */
#include "engine/describe.h"
#include "tum/mem.h"

/* The version of the language that the schema is named after. */
#define SCHEMA_ID "urn:testium:tum-schema:0.4.4"

/* ---- values for JSON ---- */

static void put(struct tum_map_builder *map, const char *key, tum_val take)
{
    tum_map_adds(map, key, take);
}

static void puttext(struct tum_map_builder *map, const char *key, const char *text)
{
    tum_map_adds(map, key, tum_val_str(text));
}

static tum_val texts(const char *const *words)
{
    struct tum_list_builder *list = tum_list_begin(8);

    for (size_t i = 0; words[i] != NULL; i++)
        tum_list_add(list, tum_val_str(words[i]));
    return tum_list_end(list);
}

static tum_val reference(const char *name)
{
    struct tum_map_builder *map = tum_map_begin(1);

    tum_map_adds(map, "$ref", tum_val_strf("#/$defs/%s", name));
    return tum_map_end(map);
}

static tum_val object_of(const char *key, tum_val take)
{
    struct tum_map_builder *map = tum_map_begin(1);

    tum_map_adds(map, key, take);
    return tum_map_end(map);
}

/* A default of a table, written as in YAML. Tables use few forms, and a test of the
   tables checks that they are these. */
static tum_val default_value(const char *text)
{
    struct tum_str t = tum_str_of(text);
    int64_t number;
    double real;

    if (t.n >= 2 && (t.s[0] == '\'' || t.s[0] == '"') && t.s[t.n - 1] == t.s[0])
        return tum_val_text_of(tum_str_sub(t, 1, t.n - 1));
    if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
        return tum_val_bool(text[0] == 't');
    if (strcmp(text, "null") == 0)
        return tum_val_none();
    if (strcmp(text, "[]") == 0)
        return tum_list_end(tum_list_begin(0));
    if (strcmp(text, "{}") == 0)
        return tum_map_end(tum_map_begin(0));
    if (tum_str_int(t, &number))
        return tum_val_int(number);
    if (tum_str_float(t, &real))
        return tum_val_float(real);
    return tum_val_text_of(t);
}

/* ---- which parameters ---- */

static const struct tum_param no_params[] = {{0}};

static const struct tum_param *own_params(const struct tum_item_type *type)
{
    return type->params != NULL ? type->params : no_params;
}

static bool takes_common(const struct tum_item_type *type,
                         const struct tum_param *param)
{
    if ((type->flags & TUM_ITEM_ACTION) != 0)
        return (param->flags & TUM_PARAM_ACTION) != 0;
    return true;
}

static const struct tum_param *find_param(const struct tum_param *table,
                                          const char *name)
{
    for (const struct tum_param *p = table; p->name != NULL; p++) {
        if (strcmp(p->name, name) == 0)
            return p;
    }
    return NULL;
}

static bool has_branches(const struct tum_item_type *type)
{
    for (const struct tum_param *p = own_params(type); p->name != NULL; p++) {
        if ((p->takes & TUM_TAKES_BRANCHES) != 0)
            return true;
    }
    return false;
}

/* ---- JSON Schema ---- */

static tum_val param_map_schema(const struct tum_param *table);

/*
 * Plain values have no type, because any of them may be text with an expression; what
 * is declared a list or a mapping names its forms, text among them.
 */
static tum_val param_types(const struct tum_param *param)
{
    const char *names[8];
    size_t count = 0;

    if ((param->takes & (TUM_TAKES_LIST | TUM_TAKES_BRANCHES)) != 0)
        names[count++] = "array";
    if ((param->takes & TUM_TAKES_MAP) != 0)
        names[count++] = "object";
    if (count == 0)
        return tum_val_none();
    names[count++] = "string";
    if ((param->takes & (TUM_TAKES_INT | TUM_TAKES_NUMBER | TUM_TAKES_DURATION)) != 0)
        names[count++] = "number";
    /* A boolean is a number in expressions, hence wherever one is taken. */
    if ((param->takes & (TUM_TAKES_FLAG | TUM_TAKES_INT | TUM_TAKES_NUMBER)) != 0)
        names[count++] = "boolean";
    /* Absent and null are the same unless the loader insists on content. */
    if ((param->flags & (TUM_PARAM_REQUIRED | TUM_PARAM_NOT_EMPTY)) == 0)
        names[count++] = "null";
    names[count] = NULL;
    return texts(names);
}

/* One of the choices, or an expression that will give one. */
static tum_val choice_or_expression(const struct tum_param *param)
{
    struct tum_list_builder *any = tum_list_begin(2);

    tum_list_add(any, object_of("enum", texts(param->choices)));
    tum_list_add(any, object_of("pattern", tum_val_str("\\$\\(|<\\|")));
    return tum_list_end(any);
}

static tum_val param_schema(const struct tum_param *param)
{
    struct tum_map_builder *map = tum_map_begin(4);
    bool literal = (param->flags & TUM_PARAM_LITERAL) != 0;
    tum_val types;

    if (param->doc != NULL)
        puttext(map, "description", param->doc);
    if (param->choices != NULL && literal) {
        put(map, "enum", texts(param->choices));
    } else if (param->choices != NULL) {
        put(map, "anyOf", choice_or_expression(param));
    } else if ((types = param_types(param)).kind != TUM_NONE) {
        put(map, "type", types);
        if ((param->takes & TUM_TAKES_BRANCHES) != 0)
            put(map, "items", reference("parallel_branch"));
        if ((param->takes & TUM_TAKES_BRANCHES) != 0 ||
            (param->flags & TUM_PARAM_NOT_EMPTY) != 0)
            put(map, "minItems", tum_val_int(1));
        if (param->map != NULL)
            put(map, "properties", param_map_schema(param->map));
    }
    if (param->deflt != NULL) {
        tum_val deflt = default_value(param->deflt);

        if (deflt.kind != TUM_NONE)
            put(map, "default", deflt);
    }
    if (param->replaced_by != NULL)
        put(map, "deprecated", tum_val_bool(true));
    return tum_map_end(map);
}

static tum_val param_map_schema(const struct tum_param *table)
{
    struct tum_map_builder *map = tum_map_begin(8);

    for (const struct tum_param *p = table; p->name != NULL; p++)
        put(map, p->name, param_schema(p));
    return tum_map_end(map);
}

/* `steps` of an item: items, actions, or a parameter without a meaning of its own. */
static tum_val steps_schema(const struct tum_item_type *type,
                            const struct tum_param *param)
{
    struct tum_map_builder *map = tum_map_begin(4), *one, *names;

    if (param->doc != NULL)
        puttext(map, "description", param->doc);
    if ((type->flags & TUM_ITEM_ACTIONS) != 0 && type->actions != NULL) {
        one = tum_map_begin(5);
        names = tum_map_begin(8);
        for (size_t i = 0; type->actions[i] != NULL; i++) {
            char *def = tum_asprintf("%s_%s", type->keyword, type->actions[i]->keyword);

            put(names, type->actions[i]->keyword, reference(def));
            tum_free(def);
        }
        puttext(one, "type", "object");
        put(one, "minProperties", tum_val_int(1));
        put(one, "maxProperties", tum_val_int(1));
        put(one, "additionalProperties", tum_val_bool(false));
        put(one, "properties", tum_map_end(names));
        puttext(map, "type", "array");
        put(map, "items", tum_map_end(one));
    } else {
        /* A single step and null are lists of one and of none. */
        struct tum_list_builder *any = tum_list_begin(2);

        tum_list_add(any, reference("_steps"));
        tum_list_add(any, reference("_step"));
        put(map, "anyOf", tum_list_end(any));
    }
    return tum_map_end(map);
}

static bool steps_needed(const struct tum_item_type *type)
{
    if ((type->flags & TUM_ITEM_ACTIONS) != 0)
        return true;
    return (type->flags & TUM_ITEM_CONTAINER) != 0 && !has_branches(type);
}

static tum_val type_schema(const struct tum_item_type *type)
{
    static const char *const object_or_null[] = {"object", "null", NULL};
    bool action = (type->flags & TUM_ITEM_ACTION) != 0;
    struct tum_map_builder *map = tum_map_begin(6), *properties;
    struct tum_list_builder *required;

    if ((type->flags & TUM_ITEM_FREE_BODY) != 0) {
        puttext(map, "description", type->keyword);
        return tum_map_end(map);
    }
    properties = tum_map_begin(32);
    required = tum_list_begin(4);
    for (const struct tum_param *p = tum_common_params; p->name != NULL; p++) {
        if (!takes_common(type, p) || find_param(own_params(type), p->name) != NULL)
            continue;
        if (strcmp(p->name, "steps") == 0 && steps_needed(type)) {
            put(properties, p->name, steps_schema(type, p));
            tum_list_add(required, tum_val_str(p->name));
        } else {
            put(properties, p->name, param_schema(p));
        }
    }
    for (const struct tum_param *p = own_params(type); p->name != NULL; p++) {
        bool steps = (p->takes & TUM_TAKES_STEPS) != 0 && steps_needed(type);

        put(properties, p->name, steps ? steps_schema(type, p) : param_schema(p));
        if ((p->flags & TUM_PARAM_REQUIRED) != 0 || steps)
            tum_list_add(required, tum_val_str(p->name));
    }

    /* An action without anything to say may be written without a body. */
    if (action && tum_list_built(required) == 0)
        put(map, "type", texts(object_or_null));
    else
        puttext(map, "type", "object");
    puttext(map, "description", action ? type->keyword : type->row_type);
    put(map, "additionalProperties", tum_val_bool(false));
    put(map, "properties", tum_map_end(properties));
    if (tum_list_built(required) > 0)
        put(map, "required", tum_list_end(required));
    else
        tum_list_drop(required);
    return tum_map_end(map);
}

/* One entry of a list of steps; what is a list or null there is spliced or dropped. */
static tum_val step_schema(const struct tum_item_type *const *items)
{
    static const char *const kinds[] = {"object", "array", "null", NULL};
    struct tum_map_builder *map = tum_map_begin(6), *names = tum_map_begin(64);

    for (int dotted = 0; dotted < 2; dotted++) {
        for (size_t i = 0; items[i] != NULL; i++) {
            tum_val name = tum_val_strf("%s%s", dotted ? "." : "", items[i]->keyword);

            tum_map_add(names, name, reference(items[i]->keyword));
        }
    }
    put(map, "type", texts(kinds));
    put(map, "minProperties", tum_val_int(1));
    put(map, "maxProperties", tum_val_int(1));
    put(map, "additionalProperties", tum_val_bool(false));
    put(map, "properties", tum_map_end(names));
    put(map, "items", reference("_step"));
    return tum_map_end(map);
}

static tum_val main_schema(void)
{
    struct tum_map_builder *map = tum_map_begin(4), *properties = tum_map_begin(32);
    static const char *const required[] = {"steps", NULL};

    for (const struct tum_param *p = tum_common_params; p->name != NULL; p++) {
        if (strcmp(p->name, "steps") == 0)
            put(properties, p->name, reference("_steps"));
        else
            put(properties, p->name, param_schema(p));
    }
    puttext(map, "type", "object");
    puttext(map, "description", "The root item of the campaign.");
    put(map, "properties", tum_map_end(properties));
    put(map, "required", texts(required));
    return tum_map_end(map);
}

/* A file name, or a list of them at any depth. */
static tum_val files_schema(const char *description, const char *self)
{
    static const char *const kinds[] = {"string", "array", "null", NULL};
    struct tum_map_builder *map = tum_map_begin(3);

    puttext(map, "description", description);
    put(map, "type", texts(kinds));
    put(map, "items", object_of("$ref", tum_val_strf("#/properties/%s", self)));
    return tum_map_end(map);
}

static tum_val report_schema(void)
{
    static const char *const kinds[] = {"array", "object", "string", "null", NULL};
    struct tum_map_builder *map = tum_map_begin(3), *properties = tum_map_begin(3);
    struct tum_map_builder *export = tum_map_begin(2);

    put(properties, "enabled",
        object_of("description",
                  tum_val_str("Whether the run is recorded; true unless false.")));
    put(properties, "log_stored",
        object_of("description",
                  tum_val_str("Whether rows keep what their item printed.")));
    puttext(export, "description",
            "Files made of the record: a list of {format: {path, file_name, pattern, "
            "key, cmd}}.");
    put(export, "type", texts(kinds));
    put(properties, "export", tum_map_end(export));

    puttext(map, "type", "object");
    puttext(map, "description", "How the run is recorded and exported.");
    put(map, "properties", tum_map_end(properties));
    return tum_map_end(map);
}

static tum_val post_schema(void)
{
    static const char *const required[] = {"file_name", NULL};
    struct tum_map_builder *map = tum_map_begin(4), *properties = tum_map_begin(1);

    put(properties, "file_name", object_of("type", tum_val_str("string")));
    puttext(map, "type", "object");
    puttext(map, "description",
            "A Python file whose functions run after the campaign.");
    put(map, "properties", tum_map_end(properties));
    put(map, "required", texts(required));
    return tum_map_end(map);
}

static tum_val root_properties(void)
{
    static const char *const forms[] = {"string", "array", "object", "null", NULL};
    struct tum_map_builder *map = tum_map_begin(5), *older = tum_map_begin(3);

    put(map, "config_file",
        files_schema("Configuration files, relative to the folder of this file.",
                     "config_file"));
    puttext(older, "description", "Older name of config_file; also {file_name: ...}.");
    put(older, "type", texts(forms));
    put(older, "items", object_of("$ref", tum_val_str("#/properties/config_file")));
    put(map, "param_file", tum_map_end(older));
    put(map, "main", reference("_main"));
    put(map, "report", report_schema());
    put(map, "post_execution", post_schema());
    return tum_map_end(map);
}

static tum_val definitions(const struct tum_item_type *const *items)
{
    struct tum_map_builder *map = tum_map_begin(64), *list;

    for (size_t i = 0; items[i] != NULL; i++) {
        const struct tum_item_type *type = items[i];

        put(map, type->keyword, type_schema(type));
        for (size_t a = 0; type->actions != NULL && type->actions[a] != NULL; a++)
            tum_map_add(map,
                        tum_val_strf("%s_%s", type->keyword, type->actions[a]->keyword),
                        type_schema(type->actions[a]));
    }
    put(map, "_step", step_schema(items));
    list = tum_map_begin(2);
    puttext(list, "type", "array");
    put(list, "items", reference("_step"));
    put(map, "_steps", tum_map_end(list));
    put(map, "_main", main_schema());
    return tum_map_end(map);
}

void tum_describe_schema(const struct tum_item_type *const *items, struct tum_buf *out)
{
    static const char *const required[] = {"main", NULL};
    static const struct tum_json_style style = {.indent = 2};
    struct tum_map_builder *map = tum_map_begin(8);
    struct tum_error *err = NULL;
    tum_val schema;

    puttext(map, "$schema", "https://json-schema.org/draft/2020-12/schema");
    puttext(map, "$id", SCHEMA_ID);
    puttext(map, "title", "Test campaign (.tum)");
    puttext(map, "type", "object");
    put(map, "required", texts(required));
    put(map, "additionalProperties", tum_val_bool(true));
    put(map, "properties", root_properties());
    put(map, "$defs", definitions(items));
    schema = tum_map_end(map);
    if (!tum_json_write(out, schema, &style, &err))
        tum_bug("the schema is no JSON: %s", err->text);
    tum_val_unref(schema);
    tum_buf_addc(out, '\n');
}

/* ---- manual ---- */

/* Columns of the manual's source. */
#define SOURCE_COLUMNS 78

/*
 * Sentences as text lines of mdoc: a line a sentence, since mdoc decides on the space
 * between them, and no line that would be taken for a request.
 */
static void text_lines(struct tum_buf *out, const char *text)
{
    struct tum_str rest = tum_str_of(text), word;
    size_t start = out->len;
    bool more = true, ended = false;

    while (tum_str_split(&rest, &more, ' ', &word)) {
        size_t column = out->len - start;
        bool capital = word.n > 0 && word.s[0] >= 'A' && word.s[0] <= 'Z';

        if (column > 0) {
            bool fold = (ended && capital) || column + 1 + word.n > SOURCE_COLUMNS;

            tum_buf_addc(out, fold ? '\n' : ' ');
            if (fold)
                start = out->len;
        }
        if (out->len == start && word.n > 0 && (word.s[0] == '.' || word.s[0] == '\''))
            tum_buf_adds(out, "\\&");
        for (size_t i = 0; i < word.n; i++) {
            if (word.s[i] == '\\')
                tum_buf_adds(out, "\\e");
            else
                tum_buf_addc(out, word.s[i]);
        }
        ended = word.n > 0 && word.s[word.n - 1] == '.';
    }
    tum_buf_addc(out, '\n');
}

static const struct {
    unsigned takes;
    const char *word;
} takes_words[] = {
    {TUM_TAKES_FLAG, "flag"},     {TUM_TAKES_INT, "integer"},
    {TUM_TAKES_NUMBER, "number"}, {TUM_TAKES_TEXT, "text"},
    {TUM_TAKES_PATH, "path"},     {TUM_TAKES_LIST, "list"},
    {TUM_TAKES_MAP, "mapping"},   {TUM_TAKES_DURATION, "duration"},
    {TUM_TAKES_STEPS, "steps"},   {TUM_TAKES_BRANCHES, "list of branches"},
};

/* What stands in parentheses behind a name: "flag, default false". */
static void param_facts(struct tum_buf *out, const struct tum_param *param)
{
    size_t start = out->len;
    bool first = true;

    for (size_t i = 0; i < TUM_LEN(takes_words); i++) {
        if ((param->takes & takes_words[i].takes) == 0)
            continue;
        if (!first)
            tum_buf_adds(out, " or ");
        tum_buf_adds(out, takes_words[i].word);
        first = false;
    }
    for (size_t i = 0; param->choices != NULL && param->choices[i] != NULL; i++)
        tum_buf_addf(out, "%s%s",
                     i > 0              ? " or "
                     : out->len > start ? ": "
                                        : "",
                     param->choices[i]);
    if ((param->flags & TUM_PARAM_REQUIRED) != 0)
        tum_buf_addf(out, "%srequired", out->len > start ? "; " : "");
    else if (param->deflt != NULL)
        tum_buf_addf(out, "%sdefault %s", out->len > start ? "; " : "",
                     strcmp(param->deflt, "''") == 0 ? "empty" : param->deflt);
    if (param->replaced_by != NULL)
        tum_buf_addf(out, "%sdeprecated, write %s", out->len > start ? "; " : "",
                     param->replaced_by);
}

static void param_manual(struct tum_buf *out, const struct tum_param *param)
{
    TUM_AUTO(tum_buf_release) struct tum_buf facts = TUM_BUF_INIT(4096);

    param_facts(&facts, param);
    tum_buf_addf(out, ".It Cm %s%s", param->name,
                 (param->flags & TUM_PARAM_ACTION) != 0 ? " *" : "");
    if (facts.len > 0)
        tum_buf_addf(out, " Pq \"%s\"", facts.s);
    tum_buf_addc(out, '\n');
    text_lines(out, param->doc != NULL ? param->doc : "");
    if (param->map == NULL)
        return;
    tum_buf_adds(out, ".Bl -tag -width Ds -compact\n");
    for (const struct tum_param *p = param->map; p->name != NULL; p++) {
        if ((p->flags & TUM_PARAM_HIDDEN) == 0)
            param_manual(out, p);
    }
    tum_buf_adds(out, ".El\n");
}

static void params_manual(struct tum_buf *out, const struct tum_param *table)
{
    bool any = false;

    for (const struct tum_param *p = table; p->name != NULL; p++) {
        if ((p->flags & TUM_PARAM_HIDDEN) != 0)
            continue;
        if (!any)
            tum_buf_adds(out, ".Bl -tag -width Ds\n");
        any = true;
        param_manual(out, p);
    }
    if (any)
        tum_buf_adds(out, ".El\n");
}

static void type_manual(struct tum_buf *out, const struct tum_item_type *type)
{
    tum_buf_addf(out, ".Ss %s\n", type->keyword);
    text_lines(out, type->summary != NULL ? type->summary : "");
    tum_buf_addf(out, "Its rows have the type\n.Dq %s .\n", type->row_type);
    params_manual(out, own_params(type));
    if (type->actions == NULL)
        return;
    tum_buf_addf(
        out,
        ".Pp\nThe entries of its\n.Cm steps\nare these actions, with rows of the "
        "type\n.Dq %s :\n.Bl -tag -width Ds\n",
        type->actions[0]->row_type);
    for (size_t i = 0; type->actions[i] != NULL; i++) {
        const struct tum_item_type *action = type->actions[i];

        tum_buf_addf(out, ".It Cm %s\n", action->keyword);
        text_lines(out, action->summary != NULL ? action->summary : "");
        params_manual(out, own_params(action));
    }
    tum_buf_adds(out, ".El\n");
}

void tum_describe_manual(const struct tum_item_type *const *items, struct tum_buf *out)
{
    tum_buf_adds(out, ".Sh COMMON PARAMETERS\n"
                      "Every item takes these, all optional.\n"
                      "Those marked with an asterisk are taken by actions too.\n"
                      ".Bl -tag -width Ds\n");
    for (const struct tum_param *p = tum_common_params; p->name != NULL; p++) {
        if ((p->flags & TUM_PARAM_HIDDEN) == 0)
            param_manual(out, p);
    }
    tum_buf_adds(out, ".El\n.Sh ITEM REFERENCE\n");
    for (size_t i = 0; items[i] != NULL; i++)
        type_manual(out, items[i]);
}
