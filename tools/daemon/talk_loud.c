/* SPDX-License-Identifier: LGPL-2.1-only */
/* Finds guests that send to too many addresses, and remembers them. */
#include "tools/daemon/talk_loud.h"

#include "tools/base/mac.h"
#include "tools/base/msg.h"

bool talk_is_loud(const struct talk_loud *l, uint64_t mac)
{
    for (int i = 0; i < LOUD_MOST; i++)
        if (l->guest[i].mac == mac && l->guest[i].until_s > 0)
            return true;
    return false;
}

static bool loud_forget(struct talk_loud *l, const struct talk_vifs *v,
                        double now_s)
{
    bool any = false;

    for (int i = 0; i < LOUD_MOST; i++) {
        if (l->guest[i].until_s > now_s || !(l->guest[i].until_s > 0))
            continue;
        l->guest[i].until_s = 0;
        any |= talk_vifs_of_nft(v, l->guest[i].mac);
    }
    return any;
}

static bool loud_add(struct talk_loud *l, const struct talk_vifs *v,
                     uint64_t mac, double now_s,
                     void (*tell)(const char *text))
{
    bool others = talk_vifs_of_nft(v, mac);
    char text[MAC_TEXT];
    struct msg said;
    int to = 0;

    for (int i = 1; i < LOUD_MOST; i++)
        if (l->guest[i].until_s < l->guest[to].until_s)
            to = i;
    others |=
        l->guest[to].until_s > 0 && talk_vifs_of_nft(v, l->guest[to].mac);
    l->guest[to].mac = mac;
    l->guest[to].until_s = now_s + LOUD_S;
    mac_format(text, mac);
    msg_set(&said,
            "the guest with the address %s sends to more than %d others: that "
            "is not counted for an hour",
            text, TALK_PEERS);
    tell(said.text);
    return others;
}

bool talk_loud_look(struct talk_loud *l, const struct talk_vifs *v,
                    const struct nft_pair *pair, size_t n, double now_s,
                    void (*tell)(const char *text))
{
    bool others = loud_forget(l, v, now_s);

    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && pair[end].from == pair[i].from;)
            end++;
        if (end - i <= TALK_PEERS || talk_is_loud(l, pair[i].from))
            continue;
        others |= loud_add(l, v, pair[i].from, now_s, tell);
    }
    return others;
}
