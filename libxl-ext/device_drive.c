/* SPDX-License-Identifier: LGPL-2.1-only */
/* Drives the machine that moves a guest's device: device_drive.h. */
#include "libxl-ext/device_drive.h"

/* What an effect was to do, as "can't .." has it. NULL: it can't fail. */
static const char *effect_text(enum dm_effect e)
{
    switch (e) {
    case DM_STORE: return "write the record of its device";
    case DM_RESERVE: return "reserve a device for it on the target host";
    case DM_SETUP: return "give its MAC address to the reserved device";
    case DM_LINK_DOWN: return "take the link of its device down";
    case DM_WAIT: return "see it go over to its virtual interface";
    case DM_DETACH: return "take its device";
    case DM_LOOK: return "see that it does without its device";
    case DM_MIGRATE: return "migrate it";
    case DM_ASK: return "find out where it runs";
    case DM_GIVE: return "give it the target host's device";
    case DM_LINK_THERE: return "bring up the link of its new device";
    case DM_PUT_BACK: return "give it its own device again";
    case DM_LINK_HERE: return "bring up the link of its own device";
    case DM_RELEASE: return "release the device that is reserved for it";
    case DM_END: break;
    }
    return NULL;
}

static enum dm_input device_do(const struct dm *m,
                               const struct device_ops *ops)
{
    void *arg = ops->arg;

    switch (m->doing) {
    case DM_STORE: return ops->store(arg, m->next);
    case DM_RESERVE: return ops->reserve(arg);
    case DM_SETUP: return ops->setup(arg);
    case DM_LINK_DOWN: return ops->link(arg, false, false);
    case DM_WAIT: return ops->wait(arg);
    case DM_DETACH: return ops->detach(arg);
    case DM_LOOK: return ops->look(arg);
    case DM_MIGRATE: return ops->migrate(arg);
    case DM_ASK: return ops->ask(arg);
    case DM_GIVE: return ops->give(arg);
    case DM_LINK_THERE: return ops->link(arg, true, true);
    case DM_PUT_BACK: return ops->put_back(arg);
    case DM_LINK_HERE: return ops->link(arg, false, true);
    case DM_RELEASE: return ops->release(arg);
    case DM_END: break;
    }
    return DM_FAILED;
}

/* What the guest has now, and what goes on from that. */
static void verdict_tell(enum dm_verdict v, const char *name, bool recover,
                         bool there, struct msg *err)
{
    switch (v) {
    case DM_AT_TARGET: msg_add(err, "it has the target host's device"); break;
    case DM_AT_SOURCE: msg_add(err, "it stays, and has its own device"); break;
    case DM_LEFT:
        msg_add(err, "it stays, and has its own device; the target host still "
                     "keeps one for it");
        break;
    case DM_WITHOUT: msg_add(err, "it has no device that works"); break;
    case DM_DOUBT:
        msg_add(err, "it has no device, and its move is in doubt");
        break;
    case DM_GONE: msg_add(err, "it does not run any more"); break;
    case DM_GIVEN_UP:
        msg_add(err, "it is given up with the target host, which does not "
                     "answer");
        break;
    case DM_UNDECIDED: msg_add(err, "nothing is to be done"); break;
    }
    if (recover)
        msg_add(err, "; `rackhop recover %s` goes on", name);
    if (recover && there)
        msg_add(err, ", with --lost if the target host is lost for good");
}

enum dm_verdict device_drive(struct dm *m, enum dm_effect first,
                             const struct device_ops *ops, const char *name,
                             struct msg *err)
{
    bool failed = false, stored = true;

    for (enum dm_effect e = first; e != DM_END;) {
        enum dm_input in = device_do(m, ops);

        if (e == DM_STORE)
            stored = in == DM_OK;
        if (in == DM_FAILED && !failed) {
            const char *why = ops->why(ops->arg);

            failed = true;
            msg_set(err, "%s: can't %s%s%s; ", name, effect_text(e),
                    why ? ": " : "", why ? why : "");
        }
        e = dm_next(m, in);
    }
    if (!failed && m->verdict == DM_AT_TARGET)
        return m->verdict;
    if (!failed)
        msg_set(err, "%s: ", name);
    verdict_tell(m->verdict, name, !stored || !dm_closed(m->state),
                 m->verdict == DM_LEFT || m->state == DM_ARRIVED, err);
    return m->verdict;
}
