namespace Tierce.Kernel.UserState;

/// <summary>Stands for what makes a guest's values harmless.</summary>
public static class ResumeState
{
    public static ulong Canonical(ulong address) => (ulong)((long)(address << 16) >> 16);
}
