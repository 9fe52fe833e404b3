/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP in a program that was built without libcurl: says so.
 */
#include "tum/http.h"

bool tum_http_available(void)
{
    return false;
}

bool tum_http_ask(const struct tum_http_request *request, struct tum_http_answer *ret,
                  struct tum_error **err)
{
    (void)request;
    (void)ret;
    return tum_fail(
        err, TUM_ERROR_UNSUPPORTED,
        "this program was built without HTTP (meson option 'http', libcurl)");
}

void tum_http_answer_release(struct tum_http_answer *answer)
{
    tum_buf_release(&answer->body);
}
