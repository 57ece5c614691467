using System.Text.RegularExpressions;
using Tierce.Tool.Bench.Interrupts;

namespace Tierce.Boot.Tests;

/// <summary>
/// A disk's driver and its back end crash while a guest writes records, makes each stable and reads it back. Both are started again, the
/// guest sees no error, and every record is on the disk.
/// </summary>
public sealed class DiskRestartTests
{
    private const int Records = 400, RecordSize = 4096;
    private const string Driver = "virtioblock", BackEnd = "blockback";
    private const string DriverName = "Tierce_Drivers_VirtioBlock_Tierce_Drivers_VirtioBlock_", BackEndName = "Tierce_Drivers_BlockBack_Tierce_Drivers_BlockBack_";
    private const string Publish = "Tierce_Runtime_Tierce_Runtime_Devices_VirtioQueue__Publish";
    private const string RestartDriver = "Tierce_Root_Tierce_Root_SystemBuilder__RestartProgram", StartBackEnd = "Tierce_Root_Tierce_Root_SystemBuilder__StartBackEnd",
        RestartBackEnd = "Tierce_Root_Tierce_Root_SystemBuilder__RestartBackEnd";

    /// <summary>Each record has its number at the beginning and its end. A record is acknowledged when a read past the cache returns it.</summary>
    private static readonly string s_command = $$"""
        i=0
        while [ $i -lt {{Records}} ]; do
            (printf '%08d' $i; head -c {{RecordSize - 16}} /dev/zero; printf '%08d' $i) >/record
            dd if=/record of=/dev/xvda bs={{RecordSize}} seek=$i oflag=direct conv=notrunc,fsync 2>/dev/null || echo "write $i failed"
            dd if=/dev/xvda of=/back bs={{RecordSize}} skip=$i count=1 iflag=direct 2>/dev/null || echo "read $i failed"
            cmp /record /back || echo "record $i differs"
            i=$((i+1))
        done
        echo done
        """;

    [Fact]
    public void NoRecordIsLostWhenDriverAndBackEndAreStartedAgain()
    {
        using DiskImage disk = new(4);

        // With a request in hand, with one at the device, with its answer in hand; before and in the midst of each of the back end's steps.
        (string Image, string Function, int Steps)[] places =
        [
            (Driver, "BlockDriver__Submit_0", 0), (BackEnd, "FrontRing__TryTake", 40), (Driver, Publish, 20), (BackEnd, "BlockDevice__Submit", 3),
            (BackEnd, "DriverLink__Publish", 30), (Driver, "BlockDriver__Complete", 30), (BackEnd, "FrontRing__Publish", 0), (Driver, "BlockDriver__SendAndGet", 5),
        ];
        Outcome outcome = Crashes.Run("disk-restart", [], stub => Play(stub, places), "--disk", disk.Path, "--exec", s_command).Expect(0).ExpectCleanLog();
        Assert.Equal("done\n", outcome.Text);
        byte[] image = disk.Read();
        for (int i = 0; i < Records; i++)
        {
            string number = i.ToString("00000000", System.Globalization.CultureInfo.InvariantCulture);
            ReadOnlySpan<byte> record = image.AsSpan(i * RecordSize, RecordSize);
            Assert.Equal((number, number), (System.Text.Encoding.ASCII.GetString(record[..8]), System.Text.Encoding.ASCII.GetString(record[^8..])));
        }

        string log = File.ReadAllText(Path.Combine(outcome.Logs, "tierce.log"));
        Assert.Equal(places.Count(place => place.Image == Driver), Regex.Count(log, "driver disk0 is started again\n"));
        Assert.Equal(places.Count(place => place.Image == BackEnd), Regex.Count(log, "guest guest: its back end is started again\n"));
    }

    private static void Play(GdbStub stub, (string Image, string Function, int Steps)[] places)
    {
        ImageSymbols driver = Crashes.Symbols(Driver);
        ImageSymbols backEnd = Crashes.Symbols(BackEnd);
        ImageSymbols root = Crashes.Symbols("root");
        Crashes.RunTo(stub, root[StartBackEnd]);
        foreach ((string image, string function, int steps) in places)
        {
            // Some requests go well before each crash.
            ulong place = function == Publish ? driver[function] : image == Driver ? driver[DriverName + function] : backEnd[BackEndName + function];
            for (int i = 0; i < 9; i++)
            {
                Crashes.RunTo(stub, place);
                stub.Step();
            }

            Crashes.RunTo(stub, place);
            Crashes.Crash(stub, steps, root[image == Driver ? RestartDriver : RestartBackEnd]);
        }

        stub.Continue();
    }
}
