using System.Runtime;
using Tierce.Runtime;

namespace Tierce.LatencyRecorder;

/// <summary>
/// Records how late a timer wakes a raw application: from the deadline to its first instruction after the wait. With busy guests it shows
/// what the kernel's priorities promise. Arguments: <c>samples=</c> how many, <c>period=</c> microseconds between them.
/// </summary>
public static unsafe class Program
{
    private const ulong NanosecondsPerSecond = 1_000_000_000;
    private const ulong MicrosecondsPerSecond = 1_000_000;
    private const int BarWidth = 40;

    /// <summary>The assembly entry calls this with the startup page.</summary>
    [RuntimeExport("tierce_main")]
    public static ulong Main(StartupPage* page)
    {
        var application = new Application(page);
        ulong samples = application.Arguments.Number("samples"u8, otherwise: 1000, most: 10_000_000);
        ulong period = application.Arguments.Number("period"u8, otherwise: 1000, most: MicrosecondsPerSecond);
        Histogram histogram = default;
        Record(application, ref histogram, samples, period);
        Print(application, histogram, period);
        return application.End(0);
    }

    private static void Record(Application application, ref Histogram histogram, ulong samples, ulong period)
    {
        ulong hertz = application.TscHertz;
        ulong ticks = hertz * period / MicrosecondsPerSecond;
        var events = new Notification(application.Startup.Slot(StartupPurpose.Events));
        ulong deadline = Machine.Tsc() + ticks;
        for (ulong i = 0; i < samples; i++)
        {
            events.Wait(deadline);
            ulong now = Machine.Tsc();
            ulong late = now > deadline ? now - deadline : 0;
            histogram.Add(late * NanosecondsPerSecond / hertz);

            // A deadline that has passed already would measure the one before again.
            deadline += ticks * (1 + (late / (ticks == 0 ? 1 : ticks)));
        }
    }

    private static void Print(Application application, in Histogram histogram, ulong period)
    {
        Log log = application.Line();
        log.Decimal(histogram.Count);
        log.Text(" samples, one every "u8);
        log.Decimal(period);
        log.Text(" us; late by ns: least "u8);
        log.Decimal(histogram.Least);
        log.Text(", mean "u8);
        log.Decimal(histogram.Mean);
        log.Text(", most "u8);
        log.Decimal(histogram.Most);
        log.EndLine();
        ulong highest = 1;
        for (int i = 0; i < Histogram.Buckets; i++)
        {
            highest = histogram[i] > highest ? histogram[i] : highest;
        }

        for (int i = 0; i < Histogram.Buckets; i++)
        {
            if (histogram[i] != 0)
            {
                PrintBucket(application, Histogram.From(i), histogram[i], histogram[i] * BarWidth / highest);
            }
        }
    }

    private static void PrintBucket(Application application, ulong from, ulong count, ulong bar)
    {
        Log log = application.Line();
        log.Text("from "u8);
        Pad(ref log, from);
        log.Text(" ns"u8);
        Pad(ref log, count);
        for (ulong i = 0; i < bar; i++)
        {
            log.Text(i == 0 ? " #"u8 : "#"u8);
        }

        log.EndLine();
    }

    /// <summary>A number in a column of ten characters.</summary>
    private static void Pad(ref Log log, ulong value)
    {
        for (ulong bound = 1_000_000_000; bound > value && bound >= 10; bound /= 10)
        {
            log.Text(" "u8);
        }

        log.Decimal(value);
    }

    [RuntimeExport("tierce_fail")]
    private static void OnFailedCheck(int reason) => Failure.FailedCheck(reason);
}
