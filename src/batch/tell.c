/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a batch says: lines for people, events for programs.
 */
#include "base/fd.h"
#include "batch/batchstate.h"
#include "engine/eventjson.h"
#include "tum/mem.h"

void tum_batch_say(struct tum_batch *batch, const char *fmt, ...)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    va_list ap;

    va_start(ap, fmt);
    tum_buf_addv(&text, fmt, ap);
    va_end(ap);
    tum_buf_addc(&text, '\n');
    batch->face->print(batch->face->ctx, tum_buf_str(&text));
}

void tum_face_complain(const struct tum_face *face, const char *fmt, ...)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    va_list ap;

    tum_buf_adds(&text, "tum: ");
    va_start(ap, fmt);
    tum_buf_addv(&text, fmt, ap);
    va_end(ap);
    tum_buf_addc(&text, '\n');
    face->complain(face->ctx, tum_buf_str(&text));
}

int tum_face_fail(const struct tum_face *face, struct tum_error *err, int status)
{
    char *text = tum_error_text(err);

    tum_face_complain(face, "%s", text);
    tum_free(text);
    tum_error_free(err);
    return status;
}

void tum_batch_fault(struct tum_batch *batch, struct tum_error *take)
{
    char *text = tum_error_text(take);

    if (!batch->fault)
        batch->fault_text = tum_strdup(text);
    batch->fault = true;
    tum_face_complain(batch->face, "%s", text);
    tum_free(text);
    tum_error_free(take);
}

void tum_batch_left(struct tum_batch *batch, const char *what)
{
    char *old = batch->left;

    batch->left =
        tum_asprintf("%s%s%s", old != NULL ? old : "", old != NULL ? ", " : "", what);
    tum_free(old);
    tum_batch_say(batch, "left behind while several campaigns ran: %s", what);
}

void tum_batch_event(struct tum_batch *batch, struct tum_str line)
{
    TUM_AUTO(tum_buf_release) struct tum_buf whole = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_error *err = NULL;

    if (batch->stream_fd < 0)
        return;
    tum_buf_addt(&whole, line);
    tum_buf_addc(&whole, '\n');
    if (!tum_fd_write_all(batch->stream_fd, tum_buf_str(&whole), &err)) {
        /* A reader who went away is nobody to complain to. */
        tum_fd_close(&batch->stream_fd);
        tum_error_free(err);
    }
}

void tum_batch_emit(struct tum_batch *batch, const char *event, tum_val take)
{
    TUM_AUTO(tum_buf_release) struct tum_buf line = TUM_BUF_INIT(TUM_BUF_ANY);
    TUM_AUTO(tum_buf_release) struct tum_buf now = TUM_BUF_INIT(64);
    static const struct tum_json_style style = {0};
    struct tum_map_builder *b = tum_map_begin(8);
    struct tum_error *err = NULL;
    tum_val v;

    tum_time_write(&now);
    tum_map_adds(b, "event", tum_val_str(event));
    tum_map_adds(b, "time", tum_val_str(now.s));
    tum_map_adds(b, "run", tum_val_str(batch->run));
    tum_map_merge(b, take);
    tum_val_unref(take);
    v = tum_map_end(b);
    if (tum_json_write(&line, v, &style, &err)) {
        tum_batch_event(batch, tum_buf_str(&line));
        tum_buf_addc(&line, '\n');
        if (batch->events_fd >= 0 &&
            !tum_fd_write_all(batch->events_fd, tum_buf_str(&line), &err)) {
            tum_error_wrap(&err, "cannot write '%s'", batch->events_path);
            tum_fd_close(&batch->events_fd);
            tum_batch_fault(batch, err);
            err = NULL;
        }
    }
    tum_error_free(err);
    tum_val_unref(v);
}
