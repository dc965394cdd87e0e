/* crossarm-audit: what `crossarm audit` becomes. A program of its own, so that the others start without its libraries. */
#include "cli/cmd.h"

int main(int argc, char **argv)
{
        return cmd_audit(argc, argv);
}
