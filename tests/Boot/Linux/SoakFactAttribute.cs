namespace Tierce.Boot.Tests;

/// <summary>A test that runs in the soak alone: what it downloads, or the time it takes, is too much for each run of the tests.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SoakFactAttribute : FactAttribute
{
    /// <summary>Skips the test outside the soak.</summary>
    public SoakFactAttribute()
    {
        if (!Soak.IsFull)
        {
            Skip = "runs in the soak";
        }
    }
}
