/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of runs.
 */
#include "batch/runid.h"
#include "io/proctree.h"
#include "tum/clock.h"
#include <unistd.h>

uint64_t tum_process_ticks(pid_t pid)
{
    struct tum_procinfo info;

    return tum_procinfo_read(pid, &info) && info.state != 'Z' ? info.start : 0;
}

void tum_run_id_write(struct tum_buf *out)
{
    struct tum_wall wall;

    tum_wall_now(&wall);
    tum_buf_addf(out, "%04d%02d%02d-%02d%02d%02d-%d-%llu", wall.year, wall.month,
                 wall.day, wall.hour, wall.minute, wall.second, (int)getpid(),
                 (unsigned long long)tum_process_ticks(getpid()));
}

bool tum_run_id_parse(struct tum_str id, pid_t *ret_pid, uint64_t *ret_ticks)
{
    struct tum_str rest = tum_str_sub(id, 0, tum_str_find_char(id, '/', 0)), piece;
    int64_t numbers[4];
    bool more = true;
    size_t count = 0;

    while (tum_str_split(&rest, &more, '-', &piece)) {
        if (count == TUM_LEN(numbers) || !tum_str_int(piece, &numbers[count++]))
            return false;
    }
    if (count != TUM_LEN(numbers) || numbers[2] <= 0 || numbers[3] < 0)
        return false;
    *ret_pid = (pid_t)numbers[2];
    *ret_ticks = (uint64_t)numbers[3];
    return true;
}

bool tum_run_id_lives(struct tum_str id)
{
    uint64_t ticks;
    pid_t pid;

    return tum_run_id_parse(id, &pid, &ticks) && ticks != 0 &&
           tum_process_ticks(pid) == ticks;
}
