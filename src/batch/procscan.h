/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What runs and listens on this machine, read from /proc: processes of this user, TCP
 * ports, unix sockets, who holds what. A picture of one moment; one thread.
 */
#ifndef TUM_PROCSCAN_H
#define TUM_PROCSCAN_H

#include "tum/buf.h"
#include <sys/types.h>

/* Entries of one kind in a picture. */
#define TUM_SCAN_LIMIT 65536

struct tum_listener {
    bool v6;
    unsigned char address[16]; /* 4 bytes for v4 */
    uint16_t port;
    uid_t uid;
    uint64_t inode;
};

struct tum_listeners {
    struct tum_listener *all;
    size_t count, cap;
};

/* Listening TCP sockets of all users. */
void tum_listeners_read(struct tum_listeners *ret);
void tum_listeners_release(struct tum_listeners *listeners);
/* "127.0.0.1:1616" */
void tum_listener_write(const struct tum_listener *listener, struct tum_buf *out);
/*
 * The listener that keeps ADDRESS:PORT from being bound (the same address, or any
 * address on either side), or NULL.
 */
const struct tum_listener *tum_listeners_find(const struct tum_listeners *listeners,
                                              const char *address);

/* Inode of a unix socket that listens at the path; 0: nobody does. */
uint64_t tum_unix_listener(const char *path);

struct tum_process {
    pid_t pid;
    uint64_t ticks;
};

/* Who has a socket of that inode open; pid 0: nobody whom we may look at. */
struct tum_process tum_socket_holder(uint64_t inode);
/* Calls `seen` for each process of this user (false ends). */
void tum_processes_each(bool (*seen)(void *ctx, const struct tum_process *process),
                        void *ctx);
/* Value of TUM_RUN_ID in the environment of a process; "" when there is none. */
void tum_process_run(pid_t pid, struct tum_buf *out);
/* "pid 4711 python3 sim.py", the command line cut at `limit` bytes. */
void tum_process_write(pid_t pid, size_t limit, struct tum_buf *out);
/* Command line with blanks between the words. */
void tum_process_command(pid_t pid, struct tum_buf *out);
/* Executable or current folder is `folder` or below it. */
bool tum_process_is_under(pid_t pid, const char *folder);
/* It is this process, or one that it was started from. */
bool tum_process_is_around(pid_t pid);
/* It has a descriptor open on the path. */
bool tum_process_holds(pid_t pid, const char *path);
/* It has one of these inodes as a socket. */
bool tum_process_has_socket(pid_t pid, uint64_t inode);

#endif
