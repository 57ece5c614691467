using System.CommandLine;

namespace Tierce.Tool.Commands;

/// <summary>All commands of the tool.</summary>
internal static class CommandTree
{
    private const string Description = """
        Tierce runs stock Linux kernels in ring 3, on a microkernel and hypervisor in C#, with no hardware virtualization.

        Start here:
          ./tierce run                          a shell inside an unmodified Debian kernel
          ./tierce run --exec 'uname -r'        one command; its output alone on standard output, its exit status returned
          echo 'exit 7' | ./tierce run          a script on standard input
          tar c src/Abi | ./tierce run --exec 'tar t'                      standard input goes to the command
          ./tierce run --guest generic --memory 1G --cmdline loglevel=7    another kernel, more memory, its own options
          ./tierce run --initrd my.cpio.gz                                 your own first file system and /init
          ./tierce run --guests 2                                          two guests; Ctrl-] and a digit switches, Ctrl-] d detaches
          ./tierce run --app LatencyRecorder --guests 1 --exec 'COMMAND'   a raw C# application beside a busy guest
          ./tierce image -o tierce.iso                                     a disk that boots by BIOS and by UEFI, for real machines
          ./tierce new app NAME                                            a raw application of your own to start from
          ./tierce test                         build everything, run all tests

        The first run builds Tierce and downloads Debian's kernel and busybox into ~/.cache/tierce (or $TIERCE_CACHE); later runs
        start no compiler. As root, missing programs are installed; otherwise the apt-get line to run is printed.

        Exit status: the guest command's or shell's own; 124 time limit; 125 the tool failed, or the guest ended without a status
        (a panic, say: the reason is printed); 130 interrupted.
        """;

    /// <summary>Makes the tree.</summary>
    public static RootCommand Create() => new(Description)
    {
        RunCommand.Create(),
        TestCommand.Create(),
        BuildCommand.Create(),
        DebugCommand.Create(),
        AttachCommand.Create(),
        DmesgCommand.Create(),
        DiskCommand.Create(),
        ImageCommand.Create(),
        BenchCommand.Create(),
        NewCommand.Create(),
        PatternsCommand.Create(),
    };
}
