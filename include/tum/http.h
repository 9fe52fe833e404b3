/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One HTTP request and its answer (RFC 9110), stoppable at every moment.
 */
#ifndef TUM_HTTP_H
#define TUM_HTTP_H

#include "tum/buf.h"
#include "tum/clock.h"
#include "tum/err.h"
#include "tum/wait.h"

/* Kept of an answer's body, in bytes; more is read and dropped. */
#define TUM_HTTP_BODY_LIMIT ((size_t)16 << 20)

struct tum_http_request {
    const char *url;            /* http or https */
    const char *method;         /* "GET" when NULL */
    const char *const *headers; /* "Name: value", NULL-terminated, or NULL */
    struct tum_str body;        /* s NULL: none */
    tum_time timeout;           /* of the whole request; 0: 5 s */
    bool insecure;              /* certificates are not checked */
    struct tum_stop *stop;
};

struct tum_http_answer {
    int status;          /* 100 … 599 */
    tum_time took;       /* from the start of the request to the last byte */
    struct tum_buf body; /* `full` is set when some was dropped */
};

/* False: this program was built without HTTP. */
bool tum_http_available(void);
/*
 * True: an answer came, whatever its status. Errors: STOPPED, LATE (timeout), LOST (nobody
 * answered: refused, no such host, reset), VALUE (no usable URL), UNSUPPORTED.
 */
bool tum_http_ask(const struct tum_http_request *request, struct tum_http_answer *ret,
                  struct tum_error **err);
void tum_http_answer_release(struct tum_http_answer *answer);

#endif
