/* crossarm-vm: what `crossarm vm` becomes. A program of its own, so that the others start without libvirt. */
#include "cli/cmd.h"

int main(int argc, char **argv)
{
        return cmd_vm(argc, argv);
}
