/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The telnet protocol as a client without options speaks it: RFC 854 and 855.
 */
#ifndef TUM_TELNET_H
#define TUM_TELNET_H

#include "io/driver.h"

/*
 * Takes received bytes apart: data is added to `data`, refusals of options to `answers`. A
 * command may be split over calls.
 */
void tum_telnet_receive(struct tum_telnet *telnet, struct tum_str bytes,
                        struct tum_buf *data, struct tum_buf *answers);
/* Doubles 0xFF. */
void tum_telnet_encode(struct tum_buf *out, struct tum_str bytes);

#endif
