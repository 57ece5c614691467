using System.Text;
using System.Text.RegularExpressions;
using Tierce.Tool.Bench.Interrupts;

namespace Tierce.Boot.Tests;

/// <summary>
/// The serial console's driver crashes while a Linux guest sends back what it is sent: it is reported, its line is masked, it is started again,
/// and not a byte is missing or there twice. It is made to crash from outside, by a jump to nowhere.
/// </summary>
public sealed class ConsoleRestartTests
{
    private const string ReadPort = "tierce_in8";
    private const string Restart = "Tierce_Root_Tierce_Root_SystemBuilder__RestartProgram";

    /// <summary>Ports of the device: received bytes, and whether there are any. The number of RDI, which holds the port.</summary>
    private const ulong Data = 0x3f8, Status = 0x3fd;
    private const int PortRegister = 5;

    /// <summary>Bytes that the guest has sent back before the others are sent: its command reads by then.</summary>
    private const int First = 2500;

    /// <summary>Bytes of the others that the driver takes before it is first made to crash: more of them are waiting by then.</summary>
    private const int Before = 200;

    private static readonly string s_text = string.Concat(Enumerable.Range(0, 6000).Select(number => $"line {number}\n"));

    [Fact]
    public void NothingIsLostOrDoubledWhenTheDriverIsStartedAgain()
    {
        // Before it looks at the device, before it takes a byte, with input that the guest has not been told of, before it takes output.
        Place[] places = [new(ReadPort, Status), new(ReadPort, Data), new("tierce_signal_wait"), new("Tierce_Drivers_Console_Tierce_Drivers_Console_ConsoleDriver__Transmit")];
        Outcome outcome = Echo("console-crash", "cat", places).Expect(0).ExpectCleanLog();
        Assert.Equal(s_text, outcome.Text);
        string log = File.ReadAllText(Path.Combine(outcome.Logs, "tierce.log"));
        Assert.Equal(places.Length, Regex.Count(log, "domain console died\n"));
        Assert.Equal(places.Length, Regex.Count(log, "driver console is started again\n"));
        Assert.Equal(places.Length, Regex.Count(log, $"thread fault: vector 14 error 0x0*14 address 0x0*{Crashes.Nowhere:x}\n"));
    }

    /// <summary>What is promised has an end: a byte that the driver has taken from the device and put nowhere yet dies with it.</summary>
    [Fact]
    public void AByteInItsHandIsLost() => Assert.NotEqual(s_text, Echo("console-crash-in-hand", "timeout 20 cat", new Place(ReadPort, Data, Steps: 3)).Text);

    /// <summary>Sends the text to a guest that sends it back, and makes the driver crash where it next comes to each of some places.</summary>
    private static Outcome Echo(string name, string command, params Place[] places) =>
        Crashes.RunEcho(name, Encoding.ASCII.GetBytes(s_text[..First]), Encoding.ASCII.GetBytes(s_text[First..]), stub => Crash(stub, places), "--console", "serial", "--exec", command);

    private static void Crash(GdbStub stub, Place[] places)
    {
        ImageSymbols driver = Crashes.Symbols("console");
        ulong restart = Crashes.Symbols("root")[Restart];
        Place taken = new(ReadPort, Data);
        for (int i = 0; i < Before; i++)
        {
            RunTo(stub, driver, taken);
            stub.Step();
        }

        foreach (Place place in places)
        {
            RunTo(stub, driver, place);
            Crashes.Crash(stub, place.Steps, restart);
            Assert.Matches(@"pin 4 .*masked", stub.Monitor("info pic"));
        }

        stub.Continue();
    }

    private static void RunTo(GdbStub stub, ImageSymbols driver, Place place)
    {
        Crashes.RunTo(stub, driver[place.Function]);
        while (place.Port is { } port && stub.Register(PortRegister) != port)
        {
            stub.Step();
            Crashes.RunTo(stub, driver[place.Function]);
        }
    }

    /// <summary>Where the driver is to crash.</summary>
    /// <param name="Function">The function's symbol.</param>
    /// <param name="Port">With that argument; null for any.</param>
    /// <param name="Steps">This many instructions after its first.</param>
    private sealed record Place(string Function, ulong? Port = null, int Steps = 0);
}
