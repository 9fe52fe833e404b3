/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Driver `telnet`: a TCP connection with commands between the data. Every option is
 * refused, also one whose end is announced: some servers wait for that answer.
 */
#include "io/telnet.h"

#include "io/tcp.h"

enum {
    SE = 240,
    SB = 250,
    WILL = 251,
    WONT = 252,
    DO = 253,
    DONT = 254,
    IAC = 255,
};

static void refuse(struct tum_telnet *telnet, unsigned char option,
                   struct tum_buf *answers)
{
    bool theirs = telnet->verb == WILL || telnet->verb == WONT;
    char answer[3] = {(char)IAC, (char)(theirs ? DONT : WONT), (char)option};

    /* All of it or nothing: half a command would swallow data. */
    if (answers->len + sizeof(answer) <= answers->limit)
        tum_buf_add(answers, answer, sizeof(answer));
}

static void command(struct tum_telnet *telnet, unsigned char c, struct tum_buf *data)
{
    telnet->state = TUM_TELNET_DATA;
    switch (c) {
    case IAC:
        tum_buf_addc(data, (char)c);
        break;
    case WILL:
    case WONT:
    case DO:
    case DONT:
        telnet->verb = c;
        telnet->state = TUM_TELNET_OPTION;
        break;
    case SB:
        telnet->state = TUM_TELNET_SUB;
        break;
    default:
        break;
    }
}

/* Length of the data at the front that stays as it is. */
static size_t plain(struct tum_str bytes)
{
    size_t n = 0;

    while (n < bytes.n && (unsigned char)bytes.s[n] != IAC && bytes.s[n] != '\0' &&
           bytes.s[n] != '\x11')
        n++;
    return n;
}

void tum_telnet_receive(struct tum_telnet *telnet, struct tum_str bytes,
                        struct tum_buf *data, struct tum_buf *answers)
{
    for (size_t i = 0; i < bytes.n; i++) {
        unsigned char c = (unsigned char)bytes.s[i];
        size_t n;

        switch (telnet->state) {
        case TUM_TELNET_DATA:
            n = plain(tum_str_sub(bytes, i, bytes.n));
            tum_buf_add(data, bytes.s + i, n);
            i += n;
            if (i < bytes.n && (unsigned char)bytes.s[i] == IAC)
                telnet->state = TUM_TELNET_IAC;
            break;
        case TUM_TELNET_IAC:
            command(telnet, c, data);
            break;
        case TUM_TELNET_OPTION:
            refuse(telnet, c, answers);
            telnet->state = TUM_TELNET_DATA;
            break;
        case TUM_TELNET_SUB:
            if (c == IAC)
                telnet->state = TUM_TELNET_SUB_IAC;
            break;
        case TUM_TELNET_SUB_IAC:
            telnet->state = c == SE ? TUM_TELNET_DATA : TUM_TELNET_SUB;
            break;
        }
    }
}

void tum_telnet_encode(struct tum_buf *out, struct tum_str bytes)
{
    for (;;) {
        size_t at = tum_str_find_char(bytes, (char)IAC, 0);

        if (at == TUM_STR_NONE)
            break;
        tum_buf_add(out, bytes.s, at + 1);
        tum_buf_addc(out, (char)IAC);
        bytes = tum_str_sub(bytes, at + 1, bytes.n);
    }
    tum_buf_addt(out, bytes);
}

static void receive(struct tum_console *console, struct tum_str bytes)
{
    struct tum_buf answers = TUM_BUF_INIT(TUM_CONSOLE_ANSWERS);
    struct tum_buf data = TUM_BUF_INIT(TUM_BUF_ANY);

    tum_telnet_receive(&console->telnet, bytes, &data, &answers);
    if (answers.len > 0)
        tum_console_answer(console, tum_buf_str(&answers));
    tum_console_data(console, tum_buf_str(&data));
    tum_buf_release(&answers);
    tum_buf_release(&data);
}

const struct tum_driver tum_driver_telnet = {
    .protocol = "telnet",
    .gone = TUM_TCP_GONE,
    .open = tum_tcp_open,
    .receive = receive,
    .encode = tum_telnet_encode,
    .leave = tum_tcp_leave,
};
