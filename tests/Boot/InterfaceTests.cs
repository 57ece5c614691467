namespace Tierce.Boot.Tests;

/// <summary>
/// What a small PV kernel of Xen's interface and a Linux program see of instructions that the ROM carries out, refuses or sends to a
/// handler. The right values are those of Xen 4.17, and for the program those of the same Linux on the machine itself.
/// </summary>
public sealed class InterfaceTests
{
    /// <summary>Lines "pv: NAME VECTOR ERROR" of tests/Boot/Programs/pv.S, in hexadecimal; vector ff: no exception came.</summary>
    private const string Expected = """
        kernel int20 20 0
        kernel int21 d 10a
        kernel int22 22 0
        kernel int30 d 182
        kernel int80 d 402
        user nothing 20 0
        user int21 d 10a
        user int22 d 112
        user int30 d 182
        user int80 d 402
        user read 20 0
        user write 20 0
        user absent e 4
        user cpuid 20 0
        xen 20 566e6558
        level 20 0
        kernel cli d 0
        kernel outb d 0
        user cli d 0
        user outb d 0
        level d 1
        kernel cli ff 1
        kernel outb ff 1
        user cli d 0
        user outb d 0
        level d 3
        kernel cli ff 3
        kernel outb ff 3
        user cli 20 0
        user outb 20 0
        kernel own-cli ff 0
        user own0-cli d 0
        user own1-outb d 0
        user own3-cli 20 0
        user own3-outb 20 0
        user own3-inb 20 0
        flags 20 3000
        user own3-absent e 4
        flags e 3000
        user own3-syscall 100 0
        flags 100 3000
        user own3-ud2 6 0
        flags 6 3000
        multicall 20 77
        """;

    private static string Programs => Path.Combine(Launcher.Root, "tests", "Boot", "Programs");

    [Fact]
    public void SmallPvKernelFindsXensInterface()
    {
        string kernel = Build("pv", "-no-pie", "-Wl,-T," + Path.Combine(Programs, "pv.ld"), "-Wl,--build-id=none", Path.Combine(Programs, "pv.S"));
        Outcome outcome = Launcher.Run("interface-pv", [], ["--guest", kernel, "--memory", "64M"]);
        string log = File.ReadAllText(Path.Combine(outcome.Logs, "tierce.log"));
        IEnumerable<string> lines = log.Split('\n').Where(line => line.StartsWith("pv: ", StringComparison.Ordinal)).Select(line => line[4..]);
        Assert.Equal(Expected.Split('\n'), lines);
    }

    /// <summary>The same as a Linux program, whose kernel asks for ports and levels by hypercall.</summary>
    [Fact]
    public void ProgramsUseThePortsThatTheyAskedFor()
    {
        string program = Build("ports", Path.Combine(Programs, "ports.S"));
        Outcome outcome = Launcher.Execute("interface-ports", "/tierce/ports", "--file", program).Expect(0).ExpectCleanLog();
        Assert.Equal("no right: fault\nXen: XenVMMXenVMM\nown port: ones\nother port: fault\nlevel 3: ones\nlevel 0: fault\n", outcome.Text);
    }

    private static string Build(string name, params string[] arguments)
    {
        string folder = Path.Combine(Launcher.Root, "artifacts", "interface");
        string program = Path.Combine(folder, name);
        Directory.CreateDirectory(folder);
        Launcher.Call(folder, [], null, "gcc", ["-nostdlib", "-static", "-o", program, .. arguments]).Expect(0);
        return program;
    }
}
