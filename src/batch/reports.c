/* SPDX-License-Identifier: Apache-2.0 */
/*
 * placeholder
 */
#include "batch/reports.h"
bool tum_reports_write(const char *folder, const char *into, bool jenkins_xsd,
                       struct tum_error **err)
{
    (void)folder;
    (void)into;
    (void)jenkins_xsd;
    (void)err;
    return true;
}
void tum_reports_github(const char *folder,
                        void (*print)(void *ctx, struct tum_str text), void *ctx)
{
    (void)folder;
    (void)print;
    (void)ctx;
}
