using System.Globalization;

namespace Tierce.Boot.Tests;

/// <summary>
/// Programs that work while guests attack: a Linux guest that sums a file again and again until its input ends and then tells how often
/// that came right, and a raw application that records its latency.
/// </summary>
internal static class Bystanders
{
    /// <summary>The Linux guest's name.</summary>
    public const string Guest = "works";

    /// <summary>Both, for the end of a guests file.</summary>
    /// <param name="samples">How many the application takes, one a millisecond.</param>
    public static string Describe(int samples) => string.Create(CultureInfo.InvariantCulture, $"""
          - name: {Guest}
            memory: 192M
            exec: |
              head -c 262144 /dev/urandom >/tmp/data; sum=$(sha256sum </tmp/data); n=0; exec 3<&0; cat <&3 >/dev/null &
              while kill -0 $! 2>/dev/null; do [ "$(sha256sum </tmp/data)" = "$sum" ] || exit 9; n=$((n+1)); done
              [ "$(sha256sum </tmp/data)" = "$sum" ] || exit 9; echo right $n times
        applications:
          - name: LatencyRecorder
            args: samples={samples} period=1000
        """);
}
