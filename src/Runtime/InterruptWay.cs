namespace Tierce.Runtime;

/// <summary>How what comes for a guest's console reaches it.</summary>
public enum InterruptWay : ulong
{
    /// <summary>Past its monitor, which has bound the driver's signal to it.</summary>
    Bound = 0,

    /// <summary>By way of its monitor.</summary>
    Monitor = 1,

    /// <summary>By turns: the monitor takes the binding back and makes it again, thousands of times a second, to try that.</summary>
    Alternate = 2,
}

/// <summary>Names of the ways, as the manifest's key <c>interrupts</c> has them.</summary>
public static class InterruptWays
{
    /// <summary>The way of a name; false if there is none.</summary>
    public static bool TryParse(ReadOnlySpan<byte> name, out InterruptWay way)
    {
        way = name.SequenceEqual("monitor"u8) ? InterruptWay.Monitor : name.SequenceEqual("alternate"u8) ? InterruptWay.Alternate : InterruptWay.Bound;
        return way != InterruptWay.Bound || name.SequenceEqual("bound"u8);
    }
}
