/* What namespaces this user is given: tried in a child. */
#pragma once
#include "base/err.h"

struct namespaces {
        bool user, binfmt; /* a user namespace; a binfmt_misc of its own inside */
        u64 ids;           /* how many user ids there are inside */
        int binfmt_errno;
        struct err why; /* when there is no user namespace */
};

void namespaces_try(struct namespaces *n);
