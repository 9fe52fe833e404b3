/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Driver `serial`: a serial line, 8 data bits, no parity, 1 stop bit, raw. Rates of any
 * number, as far as the device has them. The kernel's own structure is used, because the C
 * library knows only the rates of its list.
 */
#include "io/driver.h"

#include "base/fd.h"
#include "tum/mem.h"
#include <asm/termbits.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* The kernel tells how much is left, but not when nothing is: it is asked again and again. */
#define LEAVE_PATIENCE (40 * TUM_MS)
#define LEAVE_STEP     (2 * TUM_MS)

/* Rates with a code of their own: some drivers and programs only know these. */
static const struct {
    uint32_t baud, code;
} rates[] = {
    {50, B50},           {75, B75},           {110, B110},         {134, B134},
    {150, B150},         {200, B200},         {300, B300},         {600, B600},
    {1200, B1200},       {1800, B1800},       {2400, B2400},       {4800, B4800},
    {9600, B9600},       {19200, B19200},     {38400, B38400},     {57600, B57600},
    {115200, B115200},   {230400, B230400},   {460800, B460800},   {500000, B500000},
    {576000, B576000},   {921600, B921600},   {1000000, B1000000}, {1152000, B1152000},
    {1500000, B1500000}, {2000000, B2000000}, {2500000, B2500000}, {3000000, B3000000},
    {3500000, B3500000}, {4000000, B4000000},
};

static uint32_t rate_code(uint32_t baud)
{
    for (size_t i = 0; i < TUM_LEN(rates); i++)
        if (rates[i].baud == baud)
            return rates[i].code;
    return BOTHER;
}

static void make_raw(struct termios2 *modes, uint32_t baud)
{
    modes->c_iflag = IGNBRK;
    modes->c_oflag = 0;
    modes->c_lflag = 0;
    modes->c_cflag = CS8 | CREAD | CLOCAL | rate_code(baud);
    /* The input rate follows the output rate when its own code is 0. */
    modes->c_ispeed = modes->c_ospeed = baud;
    modes->c_cc[VMIN] = 1;
    modes->c_cc[VTIME] = 0;
}

static bool set_line(int fd, const struct tum_console_opts *opts,
                     struct tum_error **err)
{
    struct termios2 modes;
    int lines = TIOCM_DTR | TIOCM_RTS;

    if (ioctl(fd, TCGETS2, &modes) != 0) {
        if (errno == ENOTTY || errno == EINVAL)
            return tum_fail(err, TUM_ERROR_VALUE, "'%s' is not a serial line",
                            opts->device);
        return tum_fail_os(err, errno, "reading the modes of '%s'", opts->device);
    }
    make_raw(&modes, opts->baud);
    if (ioctl(fd, TCSETS2, &modes) != 0)
        return tum_fail_os(err, errno, "setting '%s' to %u baud", opts->device,
                           opts->baud);
    /* A terminal without modem lines says no: then there is nothing to raise. */
    ioctl(fd, TIOCMBIS, &lines);
    ioctl(fd, TCFLSH, TCIFLUSH);
    return true;
}

/* Who may use it, when we may not. */
static void add_owner(struct tum_buf *out, const char *device)
{
    char text[1024];
    struct group group, *found = NULL;
    struct stat facts;

    if (stat(device, &facts) != 0)
        return;
    if (getgrgid_r(facts.st_gid, &group, text, sizeof(text), &found) == 0 &&
        found != NULL)
        tum_buf_addf(out, "; it belongs to the group '%s': is this user in it?",
                     group.gr_name);
    else
        tum_buf_addf(out, "; it belongs to the group %u: is this user in it?",
                     (unsigned)facts.st_gid);
}

static bool fail_open(const char *device, int os, struct tum_error **err)
{
    struct tum_buf hint = TUM_BUF_INIT(TUM_BUF_ANY);

    switch (os) {
    case EACCES:
    case EPERM:
        add_owner(&hint, device);
        break;
    case EBUSY:
        tum_buf_adds(&hint,
                     "; another program has it for itself ('fuser' tells which)");
        break;
    case ENOENT:
    case ENXIO:
    case ENODEV:
    case EIO:
        tum_buf_adds(&hint, "; not plugged in, or it has another name now");
        break;
    default:
        break;
    }
    tum_fail(err, TUM_ERROR_SYSTEM, "opening '%s': %s%s", device, tum_errno_text(os),
             hint.s);
    tum_buf_release(&hint);
    return false;
}

static bool serial_open(struct tum_console *console,
                        const struct tum_console_opts *opts, struct tum_error **err)
{
    /* Without waiting for a carrier that may never come. */
    int fd = open(opts->device, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

    console->target = tum_strdup(opts->device);
    if (fd < 0)
        return fail_open(opts->device, errno, err);
    if (!set_line(fd, opts, err)) {
        tum_fd_close(&fd);
        return false;
    }
    console->fd = fd;
    return true;
}

/*
 * Gives the last bytes a moment to leave. What a line that is held up does not take is
 * thrown away: the kernel would wait for it, half a minute.
 */
static void serial_leave(struct tum_console *console)
{
    tum_time until = tum_now() + LEAVE_PATIENCE;
    int left = 0;

    while (ioctl(console->fd, TIOCOUTQ, &left) == 0 && left > 0 && tum_now() < until)
        tum_wait(NULL, -1, 0, tum_now() + LEAVE_STEP);
    if (left > 0)
        ioctl(console->fd, TCFLSH, TCOFLUSH);
}

const struct tum_driver tum_driver_serial = {
    .protocol = "serial",
    .gone = "is gone: unplugged, or switched off",
    .open = serial_open,
    .leave = serial_leave,
};
