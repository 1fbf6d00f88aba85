/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The agent has nft count what guests send each other: with a real nft, in a
 * network namespace of this process, whose guests are the far ends of veth pairs
 * on a bridge; and with one that was made up, which fails in every way.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <math.h>
#include <net/if.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/lib/fake_host.h"
#include "tests/lib/talks_rig.h"
#include "tests/lib/tmpdir.h"
#include "tools/base/clock.h"
#include "tools/base/file.h"
#include "tools/base/mac.h"
#include "tools/daemon/agent_impl.h"
#include "tools/daemon/agent_talks.h"
#include "tools/daemon/talk.h"
#include "tools/daemon/talk_rules.h"
#include "tools/doc/nft.h"
#include "tools/doc/talks.h"
#include "tools/paths.h"
#include "tools/series/files.h"

#define MAC_A 0x00163e000001ull
#define MAC_B 0x00163e000002ull

static char *dir, *path_before;
static struct fake_host host;
static struct config conf;
static char told[4000];
static unsigned second;

static void tell(const char *text)
{
    size_t n = strlen(told);

    snprintf(told + n, sizeof told - n, "%s\n", text);
}

/* Two guests with a card each. */
static int set_up(void **state)
{
    dir = tmpdir_make("talks");
    fake_host_init(&host, dir);
    config_init(&conf);
    conf.sample_talks = true;
    fake_guest_add(&host, 7, 1, 1);
    fake_guest_add(&host, 8, 2, 1);
    fake_file(&host, "sys/class/net/vif7.0/x", "1");
    fake_file(&host, "sys/class/net/vif8.0/x", "1");
    fake_host_mac(&host, "backend/vif/7/0/mac", "00:16:3e:00:00:01");
    fake_host_mac(&host, "backend/vif/8/0/mac", "00:16:3e:00:00:02");
    path_before = strdup(getenv("PATH"));
    *told = '\0';
    second = 0;
    return 0;
}

static int tear_down(void **state)
{
    setenv("PATH", path_before, 1);
    free(path_before);
    config_dispose(&conf);
    tmpdir_remove(dir);
    return 0;
}

static struct agent *agent_of(void)
{
    return talks_rig_agent(&host, dir, &conf, tell);
}

static void seconds(struct talks_counter *c, unsigned n)
{
    talks_rig_seconds(c, &second, n);
}

static bool there(const char *name)
{
    char path[512];

    snprintf(path, sizeof path, "%s/samples/%s", dir, name);
    return !access(path, F_OK);
}

static void talks_now(struct talks *t)
{
    assert_true(talks_rig_read(dir, t));
}

static const struct talks_pair *pair_of(const struct talks *t, uint64_t from,
                                        uint64_t to)
{
    for (size_t i = 0; i < t->pairs; i++)
        if (t->pair[i].from == from && t->pair[i].to == to)
            return &t->pair[i];
    return NULL;
}

/* --- a real one --------------------------------------------------------------- */

static bool ran(const char *command)
{
    int r = system(command);

    return r != -1 && WIFEXITED(r) && !WEXITSTATUS(r);
}

static bool namespace(void)
{
    if (getuid() ||
        !ran("command -v nft >/dev/null && "
             "command -v ip >/dev/null") ||
        unshare(CLONE_NEWNET))
        return false;
    return ran("ip link add br0 type bridge forward_delay 0 && "
               "ip link set br0 up && "
               "for i in 7 8; do ip link add vif$i.0 type veth peer name g$i "
               "&& "
               "ip link set vif$i.0 master br0 up && ip link set g$i up || "
               "exit 1; done") &&
           ran("nft add table bridge probe && nft delete table bridge probe");
}

static bool has_table(void)
{
    return ran("nft list tables bridge | grep -q rackhop_talks");
}

/* Frames of 14 bytes of addresses, which nft does not count, and so many more;
 * once the ports of the bridge forward. */
static void send_frames(const char *port, uint64_t from, uint64_t to,
                        unsigned frames, unsigned bytes)
{
    int fd = socket(AF_PACKET, SOCK_RAW, 0);
    struct sockaddr_ll at = { .sll_family = AF_PACKET,
                              .sll_ifindex = (int)if_nametoindex(port) };
    uint8_t frame[1500] = { 0 };

    assert_true(fd >= 0);
    for (int i = 0; i < 6; i++) {
        frame[i] = (uint8_t)(to >> (40 - 8 * i));
        frame[6 + i] = (uint8_t)(from >> (40 - 8 * i));
    }
    frame[12] = 0x88;
    frame[13] = 0xb5; /* of no protocol: for experiments */
    while (frames--)
        assert_int_equal(sendto(fd, frame, 14 + bytes, 0,
                                (struct sockaddr *)&at, sizeof at),
                         14 + (int)bytes);
    close(fd);
}

/* What nft has counted. */
static size_t counted(struct nft_pair pair[TALK_READ])
{
    FILE *f = popen("nft -j '" TALK_LIST "'", "r");
    size_t len;
    char *text;
    int n;

    assert_non_null(f);
    text = file_read_fd(fileno(f), NFT_BYTES, &len);
    assert_int_equal(pclose(f), 0);
    assert_non_null(text);
    n = nft_pairs(pair, TALK_READ, text, len);
    assert_true(n >= 0);
    free(text);
    return (size_t)n;
}

static uint64_t bytes_of(uint64_t from, uint64_t to)
{
    static struct nft_pair pair[TALK_READ];
    size_t n = counted(pair);

    for (size_t i = 0; i < n; i++)
        if (pair[i].from == from && pair[i].to == to)
            return pair[i].bytes;
    return 0;
}

/* The kernel may count what was sent a while after send() has returned. */
static void wait_for_bytes(uint64_t from, uint64_t to, uint64_t before,
                           uint64_t more)
{
    uint64_t until = clock_us() + 60000000, now;

    while ((now = bytes_of(from, to)) < before + more) {
        if (now < before) /* silent for long, it was forgotten in between */
            before = 0;
        else if (clock_us() > until)
            fail_msg("%llu bytes are counted, not %llu",
                     (unsigned long long)now,
                     (unsigned long long)(before + more));
        usleep(10000);
    }
}

static void send_counted(const char *port, uint64_t from, uint64_t to,
                         unsigned frames, unsigned bytes)
{
    uint64_t before = bytes_of(from, to);

    send_frames(port, from, to, frames, bytes);
    wait_for_bytes(from, to, before, (uint64_t)frames * bytes);
}

/* A minute in which both talk, and others who are not to count. */
static void minute_of_talk(struct talks_counter *c)
{
    for (unsigned i = 0; i < 2; i++) {
        send_frames("g8", MAC_A, MAC_B, 50, 1000); /* in A's name */
        send_frames("g7", MAC_A, 0xffffffffffffull, 50, 1000);
        send_counted("g7", MAC_A, MAC_B, 10, 1000);
        send_counted("g8", MAC_B, MAC_A, 10, 100);
        second += 30 - 1 - second % 10; /* it is looked at every ten */
        seconds(c, 2);
    }
}

static bool forwards(void)
{
    for (int i = 0; i < 600; i++) {
        if (ran("[ \"$(bridge link show | grep -c forwarding)\" = 2 ]"))
            return true;
        usleep(100000);
    }
    return false;
}

static void a_real_nft(void **state)
{
    struct talks_counter *c;
    struct talks t;
    struct agent *a;
    double per_s;

    if (!namespace() || !forwards()) {
        puts("skip: talks: a namespace with a bridge and nft can't be made "
             "here: it needs root, ip and nft");
        skip();
    }
    a = agent_of();
    c = talks_counter_new(a);
    assert_non_null(c);
    seconds(c, 1);
    assert_string_equal(told, "");
    assert_true(has_table());
    assert_true(there("talks.nft"));
    for (int i = 0; i < 12; i++)
        minute_of_talk(c);
    talks_now(&t);
    assert_int_equal(t.macs, 2);
    assert_int_equal(t.pairs, 2);
    assert_string_equal(t.mac[0].uuid, "00000000-0000-0000-0000-000000000001");
    per_s = 10 * 1000 * 8 / 1e6 / 30;
    assert_true(fabs(pair_of(&t, MAC_A, MAC_B)->mbps / per_s - 1) < 1e-3);
    assert_true(fabs(pair_of(&t, MAC_B, MAC_A)->mbps / per_s - 0.1) < 1e-3);
    assert_true(fabs(pair_of(&t, MAC_A, MAC_B)->mbps_p25 / per_s - 1) < 1e-3);
    talks_dispose(&t);
    /* a guest that comes is counted, and what was counted stays */
    fake_file(&host, "sys/class/net/vif7.1/x", "1");
    fake_host_mac(&host, "backend/vif/7/1/mac", "00:16:3e:00:00:03");
    seconds(c, 21);
    assert_true(ran("nft list set bridge rackhop_talks guests | "
                    "grep -q 'vif7.1. . 00:16:3e:00:00:03'"));
    minute_of_talk(c);
    talks_now(&t);
    assert_int_equal(t.macs, 3);
    assert_true(pair_of(&t, MAC_A, MAC_B)->mbps > 0.5 * per_s);
    talks_dispose(&t);
    /* one that makes addresses up fills the set alone */
    for (uint64_t i = 0; i < 300; i++)
        send_frames("g7", MAC_A, 0x020000000000ull + i, 1, 50);
    wait_for_bytes(MAC_A, 0x020000000000ull + 299, 0, 50); /* the last */
    seconds(c, 25);
    assert_non_null(strstr(told, "00:16:3e:00:00:01 sends to more than 256"));
    assert_true(ran("! nft list set bridge rackhop_talks guests | "
                    "grep -q 00:16:3e:00:00:01"));
    second += 3600 - second % 10;
    seconds(c, 25);
    assert_true(ran("nft list set bridge rackhop_talks guests | "
                    "grep -q 00:16:3e:00:00:01"));
    talks_counter_free(c);
    assert_false(has_table());
    assert_false(there("talks.nft"));
    assert_false(there("talks.json"));
    agent_free(a);
}

/* An agent that was killed leaves its table. The next one makes it anew, or
 * takes it away. */
static void after_a_kill(void **state)
{
    if (!namespace()) {
        puts("skip: talks: a namespace with nft can't be made here");
        skip();
    }
    for (int on = 1; on >= 0; on--) {
        struct talks_counter *c;
        struct agent *a;
        pid_t pid = fork();

        conf.sample_talks = true;
        second = 0;
        if (!pid) {
            c = talks_counter_new(agent_of());
            seconds(c, 1);
            raise(SIGKILL);
        }
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        assert_true(has_table());
        assert_true(there("talks.nft"));
        conf.sample_talks = on;
        second = 0;
        a = agent_of();
        c = talks_counter_new(a);
        seconds(c, 2);
        assert_int_equal(has_table(), on);
        assert_int_equal(there("talks.nft"), on);
        talks_counter_free(c);
        agent_free(a);
        assert_false(has_table());
        assert_string_equal(told, "");
    }
}

/* --- one that was made up ------------------------------------------------------ */

static void program(const char *text)
{
    char path[512], with[600];

    fake_file(&host, "bin/nft", "#!/bin/sh\necho >> %s/asked\n%s\n", dir,
              text);
    snprintf(path, sizeof path, "%s/bin/nft", dir);
    assert_int_equal(chmod(path, 0700), 0);
    snprintf(with, sizeof with, "%s/bin:%s", dir, path_before);
    assert_int_equal(setenv("PATH", with, 1), 0);
}

static long asked(void)
{
    char path[512];
    struct stat st;

    snprintf(path, sizeof path, "%s/asked", dir);
    return stat(path, &st) ? 0 : (long)st.st_size;
}

static void an_nft_that_fails(void **state)
{
    static const struct {
        const char *program, *told;
    } cases[] = {
        { "exit 127", "nft is not installed: install the package nftables" },
        { "echo 'Operation not permitted' >&2; exit 1",
          "Operation not permitted" },
        { "case $1 in -j) echo '{'; esac", "nft's answer can't be read" },
        { "case $1 in -j) head -c 5000000 /dev/zero; esac", "not counted" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct talks_counter *c;
        struct agent *a;
        const char *at;
        long before;

        *told = '\0';
        second = 0;
        program(cases[i].program);
        a = agent_of();
        c = talks_counter_new(a);
        before = asked();
        seconds(c, 200);
        at = strstr(told, cases[i].told);
        if (!at || strstr(at + 1, cases[i].told))
            fail_msg("case %zu: %s", i, told); /* not told, or not once */
        assert_true(asked() - before <= 10); /* it is not asked all the time */
        assert_false(there("talks.json"));
        talks_counter_free(c);
        agent_free(a);
    }
}

/* So many seconds in which A sends B 7500 bytes each. */
static void seconds_of_talk(struct talks_counter *c, unsigned n, bool busy)
{
    talks_counter_patience(c, busy ? 50 : 60000);
    fake_file(&host, "bin/busy", busy ? "exec sleep 100" : "");
    for (unsigned i = 0; i < n; i += 10) {
        fake_file(&host, "bin/bytes", "%u", second * 7500);
        seconds(c, 10);
    }
}

/* Counts what A has sent B since the table was made, unless it is busy. */
static const char nft_counts[] =
    "cd ${0%/*}\n"
    ". ./busy\n"
    "[ $1 = -j ] || { cp bytes base; exit; }\n"
    "echo '{\"nftables\":[{\"set\":{\"elem\":[{\"elem\":{'\\\n"
    "'\"val\":{\"concat\":[\"00:16:3e:00:00:01\",'\\\n"
    "'\"00:16:3e:00:00:02\"]},\"counter\":{\"bytes\":'\\\n"
    "$(($(cat bytes) - $(cat base)))'}}}]}}]}'";

static void a_to_b_is_right(void)
{
    struct talks t;

    talks_now(&t);
    assert_int_equal(t.pairs, 1);
    assert_true(fabs(pair_of(&t, MAC_A, MAC_B)->mbps / 0.06 - 1) < 1e-3);
    talks_dispose(&t);
}

/* On a host that is busy. What the kernel has counted meanwhile is read later,
 * and belongs to the time that it took; after two minutes that is told. */
static void an_nft_that_is_late(void **state)
{
    static const char late[] = "is not counted: nft does not end\n";
    struct talks_counter *c;
    struct agent *a;
    const char *at;

    program(nft_counts);
    a = agent_of();
    c = talks_counter_new(a);
    seconds_of_talk(c, 10, true); /* also when it is to make the table */
    seconds_of_talk(c, 130, false);
    a_to_b_is_right();
    seconds_of_talk(c, 90, true);
    seconds_of_talk(c, 60, false);
    assert_string_equal(told, "");
    a_to_b_is_right();
    seconds_of_talk(c, 300, true);
    at = strstr(told, late);
    assert_non_null(at);
    assert_null(strstr(at + 1, late));
    seconds_of_talk(c, 130, false);
    assert_non_null(strstr(told, "is counted again"));
    a_to_b_is_right();
    talks_counter_free(c);
    agent_free(a);
}

/* A guest comes, and the rules can't be written for an hour: that is told, and
 * then it is counted as before. */
static void rules_that_cannot_be_written(void **state)
{
    struct talks_counter *c;
    struct agent *a;
    char path[512];

    program(nft_counts);
    a = agent_of();
    c = talks_counter_new(a);
    seconds_of_talk(c, 130, false);
    a_to_b_is_right();
    snprintf(path, sizeof path, "%s/samples/talks.nft.new/x", dir);
    assert_int_equal(path_make(path), 0); /* in the way */
    fake_file(&host, "sys/class/net/vif7.1/x", "1");
    fake_host_mac(&host, "backend/vif/7/1/mac", "00:16:3e:00:00:03");
    seconds_of_talk(c, 300, false);
    assert_non_null(strstr(told, "is not counted: "));
    assert_int_equal(strchr(told, '\n') - told, (long)strlen(told) - 1);
    second += 3300;
    assert_int_equal(rmdir(path), 0);
    *strrchr(path, '/') = '\0';
    assert_int_equal(rmdir(path), 0);
    seconds_of_talk(c, 200, false);
    assert_non_null(strstr(told, "is counted again"));
    a_to_b_is_right();
    talks_counter_free(c);
    agent_free(a);
}

static void off_asks_nothing(void **state)
{
    struct talks_counter *c;
    struct agent *a;

    program("exit 0");
    conf.sample_talks = false;
    a = agent_of();
    c = talks_counter_new(a);
    seconds(c, 100);
    talks_counter_free(c);
    agent_free(a);
    assert_int_equal(asked(), 0);
    assert_string_equal(told, "");
}

/* Told once, and once is no word of it that nothing is counted. */
static void a_file_that_cannot_be_written(void **state)
{
    struct talks_counter *c;
    struct agent *a;
    char path[512];

    program("case $1 in -j) echo '{\"nftables\":[{\"set\":{}}]}'; esac");
    snprintf(path, sizeof path, "%s/samples/talks.json.new/x", dir);
    a = agent_of();
    c = talks_counter_new(a);
    seconds(c, 10);
    assert_int_equal(path_make(path), 0); /* in the way */
    seconds(c, 200);
    assert_non_null(strstr(told, "is counted, and can't be kept in "));
    assert_int_equal(strchr(told, '\n') - told, (long)strlen(told) - 1);
    talks_counter_free(c);
    agent_free(a);
}

int main(void)
{
#define HOST_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        HOST_TEST(an_nft_that_fails),
        HOST_TEST(an_nft_that_is_late),
        HOST_TEST(rules_that_cannot_be_written),
        HOST_TEST(off_asks_nothing),
        HOST_TEST(a_real_nft),
        HOST_TEST(after_a_kill),
        HOST_TEST(a_file_that_cannot_be_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
