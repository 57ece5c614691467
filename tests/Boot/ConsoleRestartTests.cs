using System.Text;
using System.Text.RegularExpressions;
using Tierce.Tool.Bench.Interrupts;

namespace Tierce.Boot.Tests;

/// <summary>
/// The console's driver crashes while a Linux guest sends back what it is sent: it is reported, its line is masked, it is started again,
/// and not a byte is missing or there twice. It is made to crash from outside, by a jump to nowhere.
/// </summary>
public sealed class ConsoleRestartTests
{
    private const string Driver = "Tierce_Drivers_Console_Tierce_Drivers_Console_";
    private const string Restart = "Tierce_Root_Tierce_Root_SystemBuilder__RestartProgram";
    private const ulong Nowhere = 0x10;

    /// <summary>Bytes that the driver has taken from the device when it is first made to crash: the guest's command reads by then.</summary>
    private const int Before = 300;

    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(150);
    private static readonly string s_text = string.Concat(Enumerable.Range(0, 6000).Select(number => $"line {number}\n"));

    [Fact]
    public void NothingIsLostOrDoubledWhenTheDriverIsStartedAgain()
    {
        // Woken; before it looks at the device; with input that the guest has not been told of; before it takes output.
        string[] places = ["ConsoleDriver__Serve", "ConsoleDriver__Receive", "ConsoleDriver__Get", "ConsoleDriver__Transmit"];
        Outcome outcome = Echo("console-crash", "cat", places).Expect(0).ExpectCleanLog();
        Assert.Equal(s_text, outcome.Text);
        string log = File.ReadAllText(Path.Combine(outcome.Logs, "tierce.log"));
        Assert.Equal(places.Length, Regex.Count(log, "domain console died\n"));
        Assert.Equal(places.Length, Regex.Count(log, "driver console is started again\n"));
        Assert.Equal(places.Length, Regex.Count(log, $"thread fault: vector 14 error 0x0*14 address 0x0*{Nowhere:x}\n"));
    }

    /// <summary>What is promised has an end: a byte that the driver has taken from the device and put nowhere yet dies with it.</summary>
    [Fact]
    public void AByteInItsHandIsLost() => Assert.NotEqual(s_text, Echo("console-crash-in-hand", "timeout 30 cat", "Multiplexer__Route").Text);

    /// <summary>Sends the text to a guest that sends it back, and makes the driver crash where it next comes to each of some functions.</summary>
    private static Outcome Echo(string name, string command, params string[] places)
    {
        string socket = Path.Combine(Path.GetTempPath(), $"tierce-{Environment.ProcessId}-{name}.gdb");
        Task crashes = Task.Run(() => Crash(socket, places));
        string logs = Path.Combine(Launcher.Root, "artifacts", "logs", name);
        Outcome outcome = Launcher.Call(
            logs,
            Encoding.ASCII.GetBytes(s_text),
            environment => environment["TIERCE_QEMU_ARGS"] = $"-gdb unix:{socket},server=on,wait=off",
            Path.Combine(Launcher.Root, "tierce"),
            ["run", "--logs", logs, "--memory", "192M", "--timeout", "270", "--exec", command]);
        crashes.Wait();
        return outcome;
    }

    private static void Crash(string socket, string[] places)
    {
        ImageSymbols driver = Symbols("console");
        ulong restart = Symbols("root")[Restart];
        using GdbStub stub = GdbStub.Connect(socket);
        ulong route = driver[Driver + "Multiplexer__Route"];
        for (int i = 0; i < Before; i++)
        {
            RunTo(stub, route);
            stub.Step();
        }

        foreach (string place in places)
        {
            RunTo(stub, driver[Driver + place]);
            Assert.DoesNotMatch(@"pin 4 .*masked", stub.Monitor("info pic"));
            stub.Set(GdbStub.InstructionPointer, Nowhere);
            RunTo(stub, restart);
            Assert.Matches(@"pin 4 .*masked", stub.Monitor("info pic"));
        }

        stub.Continue();
    }

    private static void RunTo(GdbStub stub, ulong address)
    {
        stub.Break(address);
        stub.Continue();
        Assert.True(stub.WaitForStop(StopLimit), $"0x{address:x} is not reached");
        stub.Unbreak(address);
    }

    private static ImageSymbols Symbols(string image) => ImageSymbols.Read(Path.Combine(Launcher.Root, "artifacts", "images", image));
}
